// Place: where in a topic's order a listener is, so that it can go on from there
// after a connection was lost, or another day. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace roost::client {

enum class Offsets : std::uint8_t { hidden, shown };

class Place {
 public:
  struct Options {
    std::vector<std::string> types;  ///< patterns; none: all
    Offsets offsets = Offsets::hidden;
    std::string recover;  ///< JSON, as read_recover() gives it; empty: nothing
  };

  explicit Place(Options options);

  /// For the next join.
  std::string join_payload() const;

  struct Report {
    bool keeps_history = false;
    std::string epoch;
    std::string offset;         ///< of the topic when it was joined
    std::string events_missed;  ///< how many come now; empty where nothing was recovered
    std::string reason_of_gap;  ///< why what was missed does not come; else empty
  };
  Report joined(std::string_view response);
  /// A `cloudevent` of the topic, one that the server has judged.
  void saw(std::string_view event_json);

 private:
  Options options_;
  std::string since_;  // JSON
  bool keeps_history_ = false;
};

/// `last-50` or `epoch:offset`, as a join's payload says it.
Result<std::string> read_recover(std::string_view text);

}  // namespace roost::client
