// Authorizer: who decides whether something may be done, as sockets see it.
// lib/auth implements it, once for each kind of question.
#pragma once

#include <roost/authorize.hpp>

#include <functional>
#include <optional>

namespace roost::channel {

/// Makes the Answer of a question that cannot be decided at once.
using MakeAnswer = std::function<Answer()>;

class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// The decision, where it can be made at once; else nothing, and an answer
  /// from `make_answer` is called later, from any thread. Never throws. Called
  /// on any shard's thread.
  virtual std::optional<Decision> authorize(const Question& question,
                                            const MakeAnswer& make_answer) const = 0;
};

}  // namespace roost::channel
