// JoinAuthorizer: who decides joins, as sockets see it. lib/auth implements it.
#pragma once

#include <roost/authorize.hpp>

#include <functional>
#include <optional>

namespace roost::channel {

/// Makes the JoinAnswer of a question that cannot be decided at once.
using MakeAnswer = std::function<JoinAnswer()>;

class JoinAuthorizer {
 public:
  virtual ~JoinAuthorizer() = default;
  /// The decision, where it can be made at once; else nothing, and an answer
  /// from `make_answer` is called later, from any thread. Never throws. Called
  /// on any shard's thread.
  virtual std::optional<JoinDecision> authorize(const JoinQuestion& question,
                                                const MakeAnswer& make_answer) const = 0;
};

}  // namespace roost::channel
