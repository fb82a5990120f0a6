// The CloudEvents HTTP protocol binding 1.0.2: from a request's headers and body to
// events in the JSON format. Whether they are CloudEvents the EventValidator says.
//
//   application/cloudevents+json         structured: the body is the event
//   application/cloudevents-batch+json   batch: an array of events
//   anything else, with ce- headers      binary: the headers are the attributes, the
//                                        body is the data
//
// Pure: knows no HTTP library. Any thread.
#pragma once

#include <roost/cloud_event.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace roost {

/// One header, its value without white space around it.
struct EventHeader {
  std::string_view name;
  std::string_view value;
};

enum class EventMode : std::uint8_t { binary, structured, batch };

/// Why there is no event to be read.
struct EventHttpFault {
  enum class Kind : std::uint8_t {
    unsupported,  ///< another media type, event format, charset or coding
    malformed,    ///< the request is no event
    too_many,     ///< a batch of more than limits::batch_events_max
  };
  Kind kind = Kind::malformed;
  RejectedEvent why;
};

/// How a request with these headers carries events; all that can be said without
/// its body.
Result<EventMode, EventHttpFault> event_mode(std::span<const EventHeader> headers);

/// Each is one JSON value in valid UTF-8 that a json::Scanner takes with
/// limits::json_levels_max.
class HttpEvents {
 public:
  HttpEvents(std::string text, EventMode mode);
  HttpEvents(HttpEvents&&) noexcept = default;
  HttpEvents& operator=(HttpEvents&&) noexcept = default;

  EventMode mode() const { return mode_; }
  std::size_t size() const { return places_.size(); }
  /// Of all of them, with what stands between.
  std::size_t bytes() const { return text_.size(); }
  std::string_view operator[](std::size_t index) const {
    return std::string_view(text_).substr(places_[index].begin, places_[index].length);
  }

 private:
  friend Result<HttpEvents, EventHttpFault> read_events(std::span<const EventHeader> headers,
                                                        std::string body);
  struct Place {
    std::size_t begin, length;
  };

  std::string text_;
  std::vector<Place> places_;
  EventMode mode_;
};

/// Structured and batched events stay the bytes that came. In binary mode a body
/// with a JSON media type becomes `data`, byte for byte, any other `data_base64`, and
/// an empty one neither.
Result<HttpEvents, EventHttpFault> read_events(std::span<const EventHeader> headers,
                                               std::string body);

/// Whether a Content-Type says of JSON that it is in UTF-8, as it does without a charset.
bool has_utf8_charset(std::string_view content_type);

/// The value of a `ce-` header (section 3.1.3.2): without the quotes around it, and
/// percent-decoded once; nothing where a quote is not closed, or no UTF-8 comes out.
std::optional<std::string> decoded_attribute(std::string_view value);

}  // namespace roost
