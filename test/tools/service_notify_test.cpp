// `roost serve` under a service manager, which is told when it listens.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>

namespace roost {
namespace {

/// A socket as systemd gives one to services.
class NotifySocket {
 public:
  NotifySocket() : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "roost-notify-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~NotifySocket() {
    ::close(fd_);
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ + "/notify"; }
  /// "" where nothing comes.
  std::string read() const {
    constexpr int patience_ms = 60'000;
    pollfd waited{fd_, POLLIN, 0};
    std::array<char, 256> buffer{};
    if (::poll(&waited, 1, patience_ms) <= 0) return "";
    const ssize_t size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return {buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }

 private:
  int fd_;
  std::string folder_;
};

TEST(ServiceNotify, SaysReadyWhenItListens) {
  const NotifySocket socket;
  std::string variable = "NOTIFY_SOCKET=" + socket.path();
  std::string program = ROOST_PROGRAM, serve = "serve", listen = "--listen", at = "127.0.0.1:0";
  std::array<char*, 5> arguments{program.data(), serve.data(), listen.data(), at.data(), nullptr};
  std::array<char*, 2> environment{variable.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  ASSERT_EQ(
      ::posix_spawn(&child, program.c_str(), &files, nullptr, arguments.data(), environment.data()),
      0);
  posix_spawn_file_actions_destroy(&files);
  EXPECT_EQ(socket.read(), "READY=1");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace roost
