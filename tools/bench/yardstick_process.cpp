#include "yardstick_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace roost::bench {
namespace {

std::filesystem::path path_of_yardstick() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  return self.parent_path() / "roost-yardstick";
}

/// In the child, between fork and exec: only what is safe there.
[[noreturn]] void become_yardstick(const char* path, Sending sending, const cpu_set_t* cpus,
                                   int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (cpus != nullptr) ::sched_setaffinity(0, sizeof *cpus, cpus);
  ::dup2(output, STDOUT_FILENO);
  const char* const option = sending == Sending::coalesced ? "--coalesce" : nullptr;
  ::execl(path, "roost-yardstick", option, static_cast<char*>(nullptr));
  ::_exit(127);
}

/// The port that its first line names; 0 where it does not come so far.
std::uint16_t read_port(int output) {
  std::string line;
  for (char byte = 0; line.size() < 200 && ::read(output, &byte, 1) == 1 && byte != '\n';)
    line += byte;
  std::uint16_t port = 0;
  const std::size_t colon = line.rfind(':');
  if (colon != line.npos) std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
  return port;
}

}  // namespace

Result<YardstickProcess> YardstickProcess::start(Sending sending, std::optional<int> like_pid) {
  const std::string path = path_of_yardstick();
  cpu_set_t cpus;
  const bool pinned = like_pid && ::sched_getaffinity(*like_pid, sizeof cpus, &cpus) == 0;
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return Error{std::strerror(errno)};
  const int pid = ::fork();
  if (pid == 0) become_yardstick(path.c_str(), sending, pinned ? &cpus : nullptr, pipe[1]);
  ::close(pipe[1]);
  if (pid < 0) {
    ::close(pipe[0]);
    return Error{std::strerror(errno)};
  }
  YardstickProcess process(pid, pipe[0]);
  process.port_ = read_port(pipe[0]);
  if (process.port_ == 0)
    return Error{
        fmt::format("{} does not start: it is built beside roost, and not installed", path)};
  return process;
}

YardstickProcess::YardstickProcess(YardstickProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(other.output_), port_(other.port_) {}

YardstickProcess::~YardstickProcess() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  ::close(output_);
}

}  // namespace roost::bench
