// Input: a file, a pipe or a terminal, read piece by piece beside what else runs
// on an io_context. The descriptor's own flags stay as they are: a shell shares
// its terminal with us.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <functional>
#include <string>
#include <string_view>

namespace roost::client {

class Input {
 public:
  /// Called once for each ask(): an empty piece is the end.
  using Come = std::function<void(std::string_view piece)>;

  /// `fd` stays the caller's.
  Input(boost::asio::io_context& io, int fd, Come come);

  void ask();
  /// Nothing comes any more.
  void cancel();

 private:
  void read();

  boost::asio::io_context& io_;
  int fd_;
  Come come_;
  // An epoll of its own, which is readable when the input is: Asio would make
  // the input itself non-blocking. Closed where it is a file, always readable.
  boost::asio::posix::stream_descriptor readable_;
  std::string buffer_;
  bool is_cancelled_ = false;
};

}  // namespace roost::client
