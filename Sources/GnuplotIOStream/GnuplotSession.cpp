#include "GnuplotIOStream.h"

#include <unistd.h>

#include <cmath>
#include <exception>
#include <memory>
#include <sstream>
#include <string>

#include <gnuplot-iostream.h>

#include "CommandCheck.h"
#include "GnuplotProcess.h"

namespace {

thread_local std::string lastMessage;

merepl_gnuplot_status fail(merepl_gnuplot_status status, const std::string &message) {
  lastMessage = message;
  return status;
}

/// Runs `body` and turns an exception into a status.
template <typename Body>
merepl_gnuplot_status guarded(Body body) noexcept {
  try {
    return body();
  } catch (const std::exception &error) {
    try {
      return fail(MEREPL_GNUPLOT_INTERNAL, error.what());
    } catch (...) {
      return MEREPL_GNUPLOT_INTERNAL;
    }
  } catch (...) {
    return MEREPL_GNUPLOT_INTERNAL;
  }
}

/// What gnuplot wrote, without its echo of the commands and empty lines.
std::string firstComplaint(const std::string &messages) {
  std::istringstream lines(messages);
  std::string line, result;
  while (std::getline(lines, line)) {
    const size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string::npos || line[begin] == '^') continue;
    if (!result.empty()) result += "; ";
    result += line.substr(begin);
    if (result.size() > 400) break;
  }
  return result;
}

}  // namespace

struct merepl_gnuplot {
  merepl_gnuplot(
      const std::string &program, double seconds, const confined_process_plan &bounds)
      : process(program, seconds, bounds), stream(new gnuplotio::Gnuplot(process.takeInput())) {}

  merepl::GnuplotProcess process;
  /// Owns the input of the process.
  std::unique_ptr<gnuplotio::Gnuplot> stream;
};

merepl_gnuplot_status merepl_gnuplot_check(const char *text) {
  return guarded([&] {
    const std::string reason = merepl::reasonToRefuse(text);
    if (reason.empty()) return MEREPL_GNUPLOT_OK;
    return fail(MEREPL_GNUPLOT_REFUSED, reason);
  });
}

merepl_gnuplot_status merepl_gnuplot_open(
    const char *program, double seconds, const confined_process_plan *bounds,
    merepl_gnuplot **session) {
  *session = nullptr;
  return guarded([&] {
    if (!program || access(program, X_OK) != 0) {
      return fail(MEREPL_GNUPLOT_NOT_FOUND, program ? program : "no gnuplot on PATH");
    }
    try {
      *session = new merepl_gnuplot(program, seconds, *bounds);
    } catch (const std::exception &error) {
      return fail(MEREPL_GNUPLOT_NOT_STARTED, std::string(program) + ": " + error.what());
    }
    return MEREPL_GNUPLOT_OK;
  });
}

merepl_gnuplot_status merepl_gnuplot_command(merepl_gnuplot *session, const char *text) {
  const merepl_gnuplot_status status = merepl_gnuplot_check(text);
  if (status != MEREPL_GNUPLOT_OK) return status;
  return guarded([&] {
    merepl::WithoutBrokenPipeSignal guard;
    *session->stream << text << std::endl;
    return MEREPL_GNUPLOT_OK;
  });
}

merepl_gnuplot_status merepl_gnuplot_data(
    merepl_gnuplot *session, const char *name, const double *values, size_t rows,
    size_t columns) {
  return guarded([&] {
    for (const char *c = name; *c; ++c) {
      if (!std::isalnum(static_cast<unsigned char>(*c)) && *c != '_') {
        return fail(MEREPL_GNUPLOT_REFUSED, std::string("the data name ") + name);
      }
    }
    merepl::WithoutBrokenPipeSignal guard;
    gnuplotio::Gnuplot &stream = *session->stream;
    stream << '$' << name << " << END_OF_DATA\n";
    std::ostringstream line;
    line.precision(17);
    for (size_t row = 0; row < rows; ++row) {
      line.str("");
      for (size_t column = 0; column < columns; ++column) {
        if (column) line << ' ';
        const double value = values[row * columns + column];
        gnuplotio::TextSender<double>::send(line, std::isfinite(value) ? value : std::nan(""));
      }
      stream << line.str() << '\n';
    }
    stream << "END_OF_DATA" << std::endl;
    return MEREPL_GNUPLOT_OK;
  });
}

merepl_gnuplot_status merepl_gnuplot_pixels(
    merepl_gnuplot *session, const unsigned char *pixels, size_t height, size_t width,
    size_t magnification) {
  return guarded([&] {
    const size_t side = magnification;
    const double step = 1.0 / static_cast<double>(side);
    const double first = step / 2 - 0.5;
    std::string bytes;
    bytes.reserve(height * width * side * side * 3);
    for (size_t y = 0; y < height * side; ++y) {
      for (size_t x = 0; x < width * side; ++x) {
        const unsigned char *pixel = pixels + ((y / side) * width + x / side) * 3;
        bytes.append(reinterpret_cast<const char *>(pixel), 3);
      }
    }
    merepl::WithoutBrokenPipeSignal guard;
    gnuplotio::Gnuplot &stream = *session->stream;
    // In binary: as text, gnuplot reads a picture from a pipe forty times slower.
    stream << "plot '-' binary array=(" << width * side << ',' << height * side << ") dx=" << step
           << " dy=" << step << " origin=(" << first << ',' << first
           << ") format='%uint8' using 1:2:3 with rgbimage notitle" << std::endl;
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream << std::flush;
    return MEREPL_GNUPLOT_OK;
  });
}

merepl_gnuplot_status merepl_gnuplot_close(merepl_gnuplot *session) {
  return guarded([&] {
    const std::unique_ptr<merepl_gnuplot> owned(session);
    {
      merepl::WithoutBrokenPipeSignal guard;
      owned->stream.reset();
    }
    owned->process.finish();
    if (owned->process.timedOut()) {
      return fail(MEREPL_GNUPLOT_TIMED_OUT, "it exceeded its time limit");
    }
    const std::string crash = owned->process.crash();
    if (!crash.empty()) return fail(MEREPL_GNUPLOT_FAILED, crash);
    if (!owned->process.succeeded()) {
      return fail(MEREPL_GNUPLOT_FAILED, firstComplaint(owned->process.messages()));
    }
    return MEREPL_GNUPLOT_OK;
  });
}

const char *merepl_gnuplot_last_message(void) { return lastMessage.c_str(); }
