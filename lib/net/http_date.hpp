// HttpDate: the time as the header `Date` says it (RFC 9110 section 5.6.7), written
// once a second. Of one thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace roost::net {

class HttpDate {
 public:
  /// Holds until it is asked again.
  std::string_view at(std::chrono::system_clock::time_point now);

 private:
  std::chrono::sys_seconds second_;
  std::string text_;  // empty: never asked
};

}  // namespace roost::net
