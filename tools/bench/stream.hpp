// Reading and writing a non-blocking socket. One Inbox serves all connections of
// a thread: between reads a connection keeps only the bytes of an unfinished
// message, and of what the kernel did not take yet.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace roost::bench {

enum class IoResult : std::uint8_t { done, would_block, lost };

class Inbox {
 public:
  /// Reads once: the bytes kept from before, then what has arrived.
  IoResult read(int fd, std::string& kept);
  char* data() { return buffer_.data(); }
  std::size_t size() const { return size_; }

 private:
  std::string buffer_;
  std::size_t size_ = 0;
};

/// Writes `parts` at once, after what is `unsent`; what does not go is kept there.
IoResult write_all(int fd, std::string& unsent, std::span<const iovec> parts);
/// Writes what is `unsent`.
IoResult write_unsent(int fd, std::string& unsent);

void set_no_delay(int fd);

}  // namespace roost::bench
