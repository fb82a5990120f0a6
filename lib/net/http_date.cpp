#include "net/http_date.hpp"

#include <fmt/chrono.h>

namespace roost::net {

std::string_view HttpDate::at(std::chrono::system_clock::time_point now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (text_.empty() || second != second_) {
    second_ = second;
    text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                        fmt::gmtime(std::chrono::system_clock::to_time_t(second)));
  }
  return text_;
}

}  // namespace roost::net
