// Fields: the five values of a text frame, which V1 and V2 spell differently
// but check alike; and the pieces that both join their frames from.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/json_scan.hpp"
#include "base/result.hpp"
#include "protocol/frame.hpp"
#include "protocol/message.hpp"
#include "protocol/serializer.hpp"

namespace roost::protocol {

inline Error no_frame(std::string_view why) {
  return Error{"not a frame: " + std::string(why)};
}

/// Values as a Scanner found them; an absent one has an empty `raw`.
struct Fields {
  json::Value join_ref, ref, topic, event, payload;
};

/// The Message of these fields, or why they make none. Only what is escaped is
/// copied, into `scratch`; an absent join_ref is null.
Result<Message> to_message(const Fields& fields, DecodeScratch& scratch);

/// The characters of a string token.
std::string_view decoded(const json::Value& string, std::string& scratch);

/// A text as it stands between the quotes of a JSON string. Plain text, which
/// nearly every topic and event is, is not copied.
class Escaped {
 public:
  explicit Escaped(std::string_view text);
  std::string_view inner() const noexcept { return inner_; }

  Escaped(const Escaped&) = delete;
  Escaped& operator=(const Escaped&) = delete;

 private:
  std::string quoted_;
  std::string_view inner_;
};

/// One frame of all `parts`, in one allocation.
FrameRef concat(Opcode opcode, std::initializer_list<std::string_view> parts);

/// The two pieces around a payload of so many bytes, in a text message.
Around concat_around(std::initializer_list<std::string_view> before, std::size_t payload_bytes,
                     std::initializer_list<std::string_view> behind);

}  // namespace roost::protocol
