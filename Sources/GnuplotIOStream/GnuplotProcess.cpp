#include "GnuplotProcess.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace merepl {

GnuplotProcess::GnuplotProcess(
    const std::string &program, double seconds, const confined_process_plan &bounds) {
  int ends[2];
  messages_ = memfd_create("gnuplot-messages", MFD_CLOEXEC);
  if (messages_ < 0 || pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error(std::string("cannot create a pipe: ") + std::strerror(errno));
  }
  // `-d`: no settings of the user or of the system.
  char *const arguments[] = {
      const_cast<char *>("gnuplot"), const_cast<char *>("-d"), nullptr};
  char *const environment[] = {
      const_cast<char *>("PATH=/usr/bin:/bin"), const_cast<char *>("LC_ALL=C.UTF-8"),
      const_cast<char *>("HOME=/nonexistent"), const_cast<char *>("TZ=UTC"),
      const_cast<char *>("GNUTERM=unknown"), nullptr};
  // Ctrl-C belongs to us: the process is in a group of its own.
  confined_process_plan plan = bounds;
  plan.program = program.c_str();
  plan.arguments = arguments;
  plan.environment = environment;
  plan.folder = "/";
  plan.input = ends[0];
  plan.output = messages_;
  plan.errors = messages_;
  const char *stage = "";
  const int failure = confined_process_start(&plan, &process_, &stage);
  close(ends[0]);
  if (failure != 0) {
    close(ends[1]);
    close(messages_);
    throw std::runtime_error(std::string("cannot ") + stage + ": " + std::strerror(failure));
  }
  input_ = fdopen(ends[1], "w");
  watchdog_ = std::thread([this, seconds] { watch(seconds); });
}

GnuplotProcess::~GnuplotProcess() {
  if (!ended_) {
    kill(process_, SIGKILL);
    finish();
  }
  if (input_) std::fclose(input_);
  close(messages_);
}

void GnuplotProcess::watch(double seconds) {
  std::unique_lock<std::mutex> lock(mutex_);
  const auto limit = std::chrono::duration<double>(seconds);
  if (!change_.wait_for(lock, limit, [this] { return ended_; })) {
    timedOut_ = true;
    kill(process_, SIGKILL);
  }
}

FILE *GnuplotProcess::takeInput() {
  FILE *input = input_;
  input_ = nullptr;
  return input;
}

void GnuplotProcess::finish() {
  if (ended_) return;
  // Wait without reaping first: until the watchdog has stopped, the process id stays ours.
  siginfo_t information;
  while (waitid(P_PID, static_cast<id_t>(process_), &information, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ended_ = true;
  }
  change_.notify_all();
  watchdog_.join();
  while (waitpid(process_, &status_, 0) < 0 && errno == EINTR) {
  }
}

std::string GnuplotProcess::crash() const {
  if (!WIFSIGNALED(status_)) return "";
  const int signal = WTERMSIG(status_);
  const std::string name = strsignal(signal);
  switch (signal) {
    case SIGSYS: return "it made a forbidden system call and was killed";
    case SIGXCPU: return "it exceeded its CPU time limit and was killed";
    case SIGXFSZ: return "its file exceeded the size limit and it was killed";
    default: return "it crashed (signal " + std::to_string(signal) + ", " + name + ")";
  }
}

bool GnuplotProcess::succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }

std::string GnuplotProcess::messages() const {
  std::string text;
  char buffer[4096];
  off_t offset = 0;
  ssize_t count;
  while ((count = pread(messages_, buffer, sizeof buffer, offset)) > 0 && text.size() < 65536) {
    text.append(buffer, static_cast<size_t>(count));
    offset += count;
  }
  return text;
}

WithoutBrokenPipeSignal::WithoutBrokenPipeSignal() {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, &before);
  wasBlocked_ = sigismember(&before, SIGPIPE) == 1;
}

WithoutBrokenPipeSignal::~WithoutBrokenPipeSignal() {
  if (wasBlocked_) return;
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec now = {0, 0};
  while (sigtimedwait(&pipe, nullptr, &now) < 0 && errno == EINTR) {
  }
  pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
}

}  // namespace merepl
