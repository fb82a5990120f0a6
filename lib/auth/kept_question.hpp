// KeptQuestion: a Question that outlives its call, for hooks that answer later.
#pragma once

#include <roost/authorize.hpp>

#include <string>
#include <utility>
#include <vector>

namespace roost::auth {

class KeptQuestion {
 public:
  explicit KeptQuestion(const Question& question)
      : question_(question),
        topic_(question.topic),
        event_(question.event),
        type_(question.type),
        payload_(question.payload.bytes) {
    for (const Capture& one : question.captures) captures_.emplace_back(one.name, one.value);
  }

  /// Calls `what` with the question.
  template <class F>
  auto with(F&& what) const {
    std::vector<Capture> captures;
    for (const auto& [name, value] : captures_) captures.push_back({name, value});
    Question question = question_;
    question.topic = topic_;
    question.event = event_;
    question.type = type_;
    question.payload.bytes = payload_;
    question.captures = captures;
    return what(std::as_const(question));
  }

 private:
  Question question_;  // its views are stale
  std::string topic_, event_, type_, payload_;
  std::vector<std::pair<std::string, std::string>> captures_;
};

}  // namespace roost::auth
