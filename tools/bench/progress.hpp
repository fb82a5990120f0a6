// Progress: a line on standard error that says how a run is going, where that is
// a terminal; nothing in a pipe.
#pragma once

#include <string>
#include <string_view>

#include "process.hpp"

namespace roost::bench {

class Progress {
 public:
  explicit Progress(std::string_view title);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// True when it is time for another line; false for ever in a pipe.
  bool is_due(Nanoseconds now) const { return visible_ && now >= next_at_; }
  void show(Nanoseconds now, std::string_view text);

 private:
  std::string title_;
  bool visible_;
  Nanoseconds next_at_ = 0;
};

}  // namespace roost::bench
