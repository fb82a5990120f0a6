// Rights: what a member may do beyond being in its topic, ready to be asked for
// every event (MemberRights says what is meant).
#pragma once

#include <roost/authorize.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/glob.hpp"
#include "base/token_bucket.hpp"
#include "channel/subscriptions.hpp"

namespace roost::channel {

/// Which rate is used up, and until when.
struct RateMet {
  std::string_view limit;  ///< as MemberRights calls it
  std::chrono::milliseconds retry_after;
};

class Rights {
 public:
  /// After a silence it may publish `burst`'s worth of its rates at once.
  explicit Rights(const MemberRights& rights,
                  std::chrono::milliseconds burst = std::chrono::seconds(1));

  bool may_publish(std::string_view type) const;
  /// Takes so many events of so many bytes out of the rates, or nothing of them and
  /// says why.
  std::optional<RateMet> take(std::size_t events, std::size_t bytes, SteadyTime now);

  /// From when the member is in its topic until it is not.
  void enter(PatternSet& set);
  void leave(PatternSet& set) { receivable_.clear(set); }
  /// After set.match().
  bool receives(const PatternSet& set) const { return receivable_.wants(set); }

  const MemberRights& given() const { return given_; }

 private:
  Rate rate_of(double per_second) const;

  MemberRights given_;
  std::chrono::milliseconds burst_;
  std::optional<std::vector<Glob>> publishable_;
  Subscriptions receivable_;  // empty: every type
  TokenBucket events_, bytes_;
};

}  // namespace roost::channel
