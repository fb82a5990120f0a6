// HookMetrics: how long hooks take to decide, by their kind and what they are
// asked. One for a server; any thread may ask and answer. Shared with the answers,
// which a program may keep beyond its server.
#pragma once

#include <roost/authorize.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "base/metrics.hpp"

namespace roost::auth {

class HookMetrics {
 public:
  /// `program`: a callable of the program that embeds the server.
  enum class Kind : std::uint8_t { program, http, jwt, library, lua };
  static constexpr auto kind_words =
      std::to_array<std::string_view>({"program", "http", "jwt", "library", "lua"});
  static constexpr auto question_words =
      std::to_array<std::string_view>({"connect", "join", "publish"});
  /// What the configuration calls it; of another word `program`.
  static Kind kind_of(std::string_view word);

  /// `clock` may be read from any thread.
  explicit HookMetrics(std::shared_ptr<const Clock> clock);

  SteadyTime now() const { return clock_->steady(); }
  void answered(Kind hook, Question::Kind question, SteadyTime asked);

  void write(Exposition& out) const;

 private:
  std::shared_ptr<const Clock> clock_;
  using Times = std::array<Histogram, question_words.size()>;
  std::array<Times, kind_words.size()> times_;
};

}  // namespace roost::auth
