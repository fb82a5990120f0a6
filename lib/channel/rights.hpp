// Rights: what a member may do beyond being in its topic, ready to be asked for
// every event (MemberRights says what is meant).
#pragma once

#include <roost/authorize.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/glob.hpp"
#include "channel/subscriptions.hpp"

namespace roost::channel {

/// So much in every second, and after a silence a second's worth at once.
class Budget {
 public:
  /// 0: no bound.
  Budget(std::uint32_t per_second, SteadyTime now)
      : per_second_(per_second), left_(per_second), since_(now) {}

  /// What is more than a second's worth takes a full budget, and leaves a debt.
  bool has(std::size_t amount, SteadyTime now);
  void take(std::size_t amount) { left_ -= static_cast<double>(amount); }

 private:
  double per_second_;
  double left_;
  SteadyTime since_;
};

class Rights {
 public:
  Rights(const MemberRights& rights, SteadyTime now);

  enum class Verdict { yes, type_not_allowed, rate_limited };
  bool may_publish(std::string_view type) const;
  /// Takes so many events of so many bytes out of the budgets, or nothing of them.
  bool take(std::size_t events, std::size_t bytes, SteadyTime now);
  /// Takes the event out of the budgets where it may be published.
  Verdict publish(std::string_view type, std::size_t bytes, SteadyTime now);

  /// From when the member is in its topic until it is not.
  void enter(PatternSet& set);
  void leave(PatternSet& set) { receivable_.clear(set); }
  /// After set.match().
  bool receives(const PatternSet& set) const { return receivable_.wants(set); }

  const MemberRights& given() const { return given_; }

 private:
  MemberRights given_;
  std::optional<std::vector<Glob>> publishable_;
  Subscriptions receivable_;  // empty: every type
  Budget events_, bytes_;
};

}  // namespace roost::channel
