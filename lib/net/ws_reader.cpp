#include "net/ws_reader.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

#include "net/inflater.hpp"

namespace roost::net {
namespace {

constexpr std::uint16_t protocol_error_code = 1002;
constexpr std::uint16_t no_status_code = 1005;
constexpr std::uint16_t bad_payload = 1007;
constexpr std::uint16_t too_big = 1009;

/// RFC 6455 5.3. Leaves `mask` as it applies to the byte after `bytes`.
void unmask(std::span<char> bytes, std::array<std::uint8_t, 4>& mask) noexcept {
  std::array<std::uint8_t, 8> twice;
  std::memcpy(twice.data(), mask.data(), 4);
  std::memcpy(twice.data() + 4, mask.data(), 4);
  std::uint64_t key;
  std::memcpy(&key, twice.data(), 8);

  std::size_t at = 0;
  for (; bytes.size() - at >= 8; at += 8) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    word ^= key;
    std::memcpy(bytes.data() + at, &word, 8);
  }
  for (; at < bytes.size(); ++at) bytes[at] = static_cast<char>(bytes[at] ^ mask[at % 4]);
  std::memcpy(mask.data(), twice.data() + at % 4, 4);
}

/// RFC 6455 7.4 and the IANA registry it opened: 1004 to 1006 and 1015 are
/// never sent, 1012 to 1014 were registered later.
bool may_be_sent(std::uint16_t code) noexcept {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
         (code >= 3000 && code <= 4999);
}

}  // namespace

void WsReader::feed(std::span<char> received) noexcept {
  assert(input_.empty() && "what was fed before is not read yet");
  if (state_ != State::ended) input_ = received;
}

std::optional<WsEvent> WsReader::next() {
  release_spent();
  while (state_ != State::ended) {
    if (state_ == State::header) {
      if (auto failure = read_header()) return failure;
      if (state_ == State::header) return std::nullopt;
    }
    if (auto event = read_payload()) return event;
    if (state_ == State::payload) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<WsEvent> WsReader::read_header() {
  while (!input_.empty()) {
    header_[header_size_++] = static_cast<std::uint8_t>(input_.front());
    input_ = input_.subspan(1);
    if (header_size_ < 2) continue;
    if (header_size_ == 2) {
      if (auto failure = start_frame()) return failure;
    }
    if (header_size_ == 2 + length_size() + mask_.size()) return start_payload();
  }
  return std::nullopt;
}

/// The rules that the first two bytes can break: RFC 6455 5.2, 5.4 and 5.5, RFC
/// 7692 6.
std::optional<WsEvent> WsReader::start_frame() {
  const bool may_be_compressed =
      inflater_ != nullptr && !is_control() && frame_opcode() != Opcode::continuation;
  if ((header_[0] & (may_be_compressed ? 0x30 : 0x70)) != 0)
    return fail(protocol_error_code, "a reserved bit is set");
  if ((header_[1] & 0x80) == 0) return fail(protocol_error_code, "the frame is not masked");
  if (is_control()) {
    if (frame_opcode() > Opcode::pong) return fail(protocol_error_code, "unknown opcode");
    if (!is_final()) return fail(protocol_error_code, "a control frame is fragmented");
    if (short_length() > control_bytes_max) {
      return fail(protocol_error_code, "a control frame is longer than 125 bytes");
    }
    return std::nullopt;
  }
  if (frame_opcode() > Opcode::binary) return fail(protocol_error_code, "unknown opcode");
  const bool continues = frame_opcode() == Opcode::continuation;
  const bool unfinished = message_ != Opcode::continuation;
  if (continues && !unfinished) return fail(protocol_error_code, "there is nothing to continue");
  if (!continues && unfinished) return fail(protocol_error_code, "a message inside a message");
  return std::nullopt;
}

std::size_t WsReader::length_size() const noexcept {
  return short_length() == 126 ? 2 : short_length() == 127 ? 8 : 0;
}

std::optional<WsEvent> WsReader::start_payload() {
  std::uint64_t length = short_length();
  if (const std::size_t size = length_size(); size > 0) {
    length = 0;
    for (std::size_t i = 0; i < size; ++i) length = length << 8 | header_[2 + i];
    if (length > std::numeric_limits<std::int64_t>::max()) {
      return fail(protocol_error_code, "a length of 64 bits");
    }
    // RFC 6455 5.2: the minimal number of bytes must be used.
    if (length <= (size == 2 ? control_bytes_max : 0xFFFFu)) {
      return fail(protocol_error_code, "a length is written longer than it must be");
    }
  }
  if (!is_control() && frame_opcode() != Opcode::continuation) {
    message_ = frame_opcode();
    compressed_ = (header_[0] & 0x40) != 0;
  }
  // Between frames, held_ is exactly the fragments before this one.
  if (!is_control() && length > held_bytes_max() - held_.size()) {
    return fail(too_big, "the message is too big");
  }
  remaining_ = static_cast<std::size_t>(length);
  std::memcpy(mask_.data(), header_.data() + header_size_ - mask_.size(), mask_.size());
  state_ = State::payload;
  return std::nullopt;
}

std::optional<WsEvent> WsReader::read_payload() {
  const auto received = input_.first(std::min(remaining_, input_.size()));
  input_ = input_.subspan(received.size());
  remaining_ -= received.size();
  unmask(received, mask_);
  if (remaining_ == 0) {
    state_ = State::header;
    header_size_ = 0;
  }
  const std::string_view piece(received.data(), received.size());
  return is_control() ? read_control(piece) : read_data(piece);
}

std::optional<WsEvent> WsReader::read_data(std::string_view piece) {
  const bool ends = remaining_ == 0 && is_final();
  const bool is_text = message_ == Opcode::text && !compressed_;
  if (is_text && (!utf8_.feed(piece) || (ends && !utf8_.complete()))) {
    return fail(bad_payload, "a text message is not UTF-8");
  }
  const bool whole = ends && held_.empty();
  if (!whole) {
    hold(piece, is_final() ? held_.size() + piece.size() + remaining_
                           : held_bytes_max() + control_bytes_max);
  }
  if (!ends) return std::nullopt;
  spend(held_.size());
  return end_message(whole ? piece : std::string_view(held_.data(), held_.size()));
}

WsEvent WsReader::end_message(std::string_view message) {
  const bool is_text = std::exchange(message_, Opcode::continuation) == Opcode::text;
  if (std::exchange(compressed_, false)) {
    const auto [verdict, inflated] = inflater_->inflate(message, message_bytes_max_);
    if (verdict == Inflater::Verdict::too_big) return fail(too_big, "the message is too big");
    if (verdict == Inflater::Verdict::broken) return fail(bad_payload, "broken compression");
    if (is_text && !is_utf8(inflated)) return fail(bad_payload, "a text message is not UTF-8");
    message = inflated;
  }
  return {is_text ? WsEvent::Kind::text : WsEvent::Kind::binary, 0, message};
}

std::optional<WsEvent> WsReader::read_control(std::string_view piece) {
  const std::size_t length = short_length();
  if (piece.size() < length) {
    hold(piece, held_bytes_max() + control_bytes_max);
    if (remaining_ > 0) return std::nullopt;
    spend(length);
    piece = std::string_view(held_.data() + held_.size() - length, length);
  }
  if (frame_opcode() == Opcode::close) return close(piece);
  const bool is_ping = frame_opcode() == Opcode::ping;
  return WsEvent{is_ping ? WsEvent::Kind::ping : WsEvent::Kind::pong, 0, piece};
}

/// RFC 6455 5.5.1: nothing, or a status and a reason in UTF-8.
WsEvent WsReader::close(std::string_view payload) {
  if (payload.size() == 1) return fail(protocol_error_code, "a close status of one byte");
  std::uint16_t code = no_status_code;
  if (!payload.empty()) {
    code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(payload[0]) << 8 |
                                      static_cast<std::uint8_t>(payload[1]));
    if (!may_be_sent(code)) return fail(protocol_error_code, "a close status that none may send");
    payload.remove_prefix(2);
    if (!is_utf8(payload)) return fail(bad_payload, "a close reason is not UTF-8");
  }
  return end({WsEvent::Kind::close, code, payload});
}

WsEvent WsReader::fail(std::uint16_t code, std::string_view rule) {
  return end({WsEvent::Kind::failure, code, rule});
}

WsEvent WsReader::end(WsEvent event) {
  state_ = State::ended;
  input_ = {};
  spend(held_.size());
  return event;
}

void WsReader::drop() noexcept {
  state_ = State::ended;
  input_ = {};
  spent_ = 0;
  std::vector<char>().swap(held_);
}

/// Grows by doubling, fragments and control frames alike, so that no sequence
/// of tiny pieces makes the copying quadratic; never beyond `bytes_max`.
void WsReader::hold(std::string_view piece, std::size_t bytes_max) {
  const std::size_t needed = held_.size() + piece.size();
  if (needed > held_.capacity()) {
    held_.reserve(std::max(needed, std::min(2 * held_.capacity(), bytes_max)));
  }
  held_.insert(held_.end(), piece.begin(), piece.end());
}

void WsReader::release_spent() noexcept {
  held_.resize(held_.size() - spent_);
  spent_ = 0;
  if (held_.empty() && held_.capacity() > 0) std::vector<char>().swap(held_);
}

}  // namespace roost::net
