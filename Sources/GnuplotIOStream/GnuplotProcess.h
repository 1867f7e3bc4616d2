#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>

#include "ConfinedProcess.h"

namespace merepl {

/// A gnuplot process with its standard input open to us, and a watchdog that ends it in time.
class GnuplotProcess {
 public:
  /// Throws std::runtime_error when the process cannot be started.
  GnuplotProcess(
      const std::string &program, double seconds, const confined_process_plan &bounds);
  ~GnuplotProcess();
  GnuplotProcess(const GnuplotProcess &) = delete;
  GnuplotProcess &operator=(const GnuplotProcess &) = delete;

  /// Hands over its standard input; whoever has it closes it.
  FILE *takeInput();
  /// Waits until it has ended, which it does at the end of its input.
  void finish();
  /// Whether it ended by itself, without error.
  bool succeeded() const;
  /// What a signal that ended it means; empty where none did.
  std::string crash() const;
  bool timedOut() const { return timedOut_; }
  /// What it wrote to its standard output and standard error.
  std::string messages() const;

 private:
  void watch(double seconds);

  pid_t process_ = -1;
  FILE *input_ = nullptr;
  int messages_ = -1;
  int status_ = 0;
  bool ended_ = false;
  bool timedOut_ = false;
  std::mutex mutex_;
  std::condition_variable change_;
  std::thread watchdog_;
};

/// Keeps SIGPIPE from this thread while it lives: writing to a gnuplot that has gone away is an
/// error to report, not a reason to die.
class WithoutBrokenPipeSignal {
 public:
  WithoutBrokenPipeSignal();
  ~WithoutBrokenPipeSignal();

 private:
  bool wasBlocked_ = true;
};

}  // namespace merepl
