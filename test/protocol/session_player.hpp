// SessionPlayer: drives a Session by lines of text, and answers with the
// Actions as lines of text. A script is such lines; the indented ones are the
// Actions expected of the input above them.
//
// Settings, before any input:
//   wire v1 | channels_max N | parked_messages_max N | parked_bytes_max N
// Inputs (PAYLOAD is JSON, or hex: and the bytes):
//   say TEXT | say hex:BYTES | allow ID PAYLOAD | deny ID PAYLOAD | resume ID
//   reply ID REF STATUS PAYLOAD | push ID EVENT PAYLOAD | stop ID | crash ID
//   close
// Actions:
//   > TEXT | > hex:BYTES | ask ID TOPIC PAYLOAD | cancel ID
//   in ID REF EVENT PAYLOAD | end ID REASON | resume ID | close CODE
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/session.hpp"
#include "protocol/session_ledger.hpp"

namespace roost::protocol {

/// Matches the topics `echo:*`.
class EchoTopics : public TopicMatcher {
 public:
  bool matches(std::string_view topic) const override { return topic.substr(0, 5) == "echo:"; }
};

class SessionPlayer {
 public:
  /// What the input made the Session do, a line each.
  std::vector<std::string> play(const std::string& input);

  const SessionLedger& ledger() const { return ledger_; }

 private:
  class Words;
  bool set(const std::string& name, Words& rest);
  void act(const std::string& verb, Words& rest, Actions& out);
  void say(std::string_view said, Actions& out);

  EchoTopics topics_;
  SessionLimits limits_;
  Wire wire_ = Wire::v2;
  std::unique_ptr<Session> session_;
  SessionLedger ledger_;
  std::string said_;  // Actions point into it and into scratch_
  DecodeScratch scratch_;
};

struct ScriptStep {
  std::string input;
  std::vector<std::string> actions;
};
std::vector<ScriptStep> read_script(std::string_view script);

}  // namespace roost::protocol
