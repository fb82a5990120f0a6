// Inflater: what a compressed message says (permessage-deflate, RFC 7692 7.2.2),
// each by itself: client_no_context_takeover is always agreed on. Bounded: it
// stops where more would come out than is allowed, whatever goes in.
//
// One for each thread, on that thread. It holds nothing until it is first used,
// then zlib's 40 KiB, and shrink() gives back what a large message needed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace roost::net {

class Inflater {
 public:
  Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  enum class Verdict : std::uint8_t { whole, too_big, broken };
  struct Inflated {
    Verdict verdict;
    std::string_view message;  ///< good until the next call of any function; whole: all of it
  };
  /// `message` as it came, without the tail that the sender has left out.
  Inflated inflate(std::string_view message, std::size_t bytes_max);

  /// Beyond what most messages need.
  void shrink() noexcept;
  std::size_t held_bytes() const noexcept { return out_.capacity(); }

 private:
  class Stream;
  /// Takes in all of `input`, behind what out_ has already.
  Verdict take(std::string_view input, std::size_t bytes_max);

  std::unique_ptr<Stream> stream_;
  std::vector<char> out_;
  std::size_t size_ = 0;  // of out_ is the message so far
};

}  // namespace roost::net
