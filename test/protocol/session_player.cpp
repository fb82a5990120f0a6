#include "protocol/session_player.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "protocol/serializer_test_support.hpp"

namespace roost::protocol {
namespace {

constexpr std::string_view hex_prefix = "hex:";

bool is_hex(std::string_view text) {
  return text.substr(0, hex_prefix.size()) == hex_prefix;
}

std::string written(Payload payload) {
  if (payload.is_json()) return std::string(payload.bytes);
  return std::string(hex_prefix) + to_hex(payload.bytes);
}

Wire named_wire(const std::string& name) {
  if (name == "v1") return Wire::v1;
  return name == "v2_text" ? Wire::v2_text : Wire::v2;
}

std::string_view name_of(LeaveReason reason) {
  switch (reason) {
    case LeaveReason::left:
      return "left";
    case LeaveReason::rejoined:
      return "rejoined";
    case LeaveReason::stopped:
      return "stopped";
    case LeaveReason::crashed:
      return "crashed";
    case LeaveReason::disconnected:
      return "disconnected";
    case LeaveReason::shutdown:
      return "shutdown";
  }
  return "?";
}

struct Writer {
  std::ostringstream& out;

  void operator()(const Send& send) {
    if (send.frame->opcode() == Opcode::text) {
      out << "> " << send.frame->body();
    } else {
      out << "> " << hex_prefix << to_hex(send.frame->body());
    }
  }
  void operator()(const AskToJoin& ask) {
    out << "ask " << ask.id << ' ' << ask.topic << ' ' << written(ask.payload);
  }
  void operator()(const CancelJoin& cancel) { out << "cancel " << cancel.id; }
  void operator()(const HandleIn& in) {
    out << "in " << in.id << ' ' << in.ref << ' ' << in.event << ' ' << written(in.payload);
  }
  void operator()(const EndChannel& end) { out << "end " << end.id << ' ' << name_of(end.reason); }
  void operator()(const Resume& resume) { out << "resume " << resume.id; }
  void operator()(const CloseSocket& close) { out << "close " << close.code; }
  void operator()(const Dropped&) { out << "dropped"; }
};

}  // namespace

/// The words of one line.
class SessionPlayer::Words {
 public:
  explicit Words(const std::string& line) : in_(line) {}

  std::string word() {
    std::string word;
    in_ >> word;
    return word;
  }
  JoinId id() { return static_cast<JoinId>(number()); }
  unsigned long number() { return std::stoul(word()); }
  std::string rest() {
    std::string rest;
    std::getline(in_ >> std::ws, rest);
    return rest;
  }
  /// Valid until the next call.
  Payload payload() {
    payload_ = rest();
    if (!is_hex(payload_)) return Payload::json(payload_);
    payload_ = from_hex(payload_.substr(hex_prefix.size()));
    return Payload::binary(payload_);
  }

 private:
  std::istringstream in_;
  std::string payload_;
};

std::vector<std::string> SessionPlayer::play(const std::string& input) {
  Words words(input);
  const std::string verb = words.word();
  if (set(verb, words)) return {};
  if (!session_) session_ = std::make_unique<Session>(wire_, topics_, limits_);

  Actions actions;
  std::vector<std::string> lines;
  act(verb, words, actions);
  ledger_.saw(actions);
  if (verb == "close") ledger_.cut();
  for (const Action& action : actions) {
    std::ostringstream line;
    std::visit(Writer{line}, action);
    lines.push_back(line.str());
  }
  return lines;
}

bool SessionPlayer::set(const std::string& name, Words& rest) {
  if (name == "wire") {
    wire_ = named_wire(rest.word());
  } else if (name == "channels_max") {
    limits_.channels_max = static_cast<unsigned>(rest.number());
  } else if (name == "parked_messages_max") {
    limits_.parked_messages_max = rest.number();
  } else if (name == "parked_bytes_max") {
    limits_.parked_bytes_max = rest.number();
  } else {
    return false;
  }
  return true;
}

void SessionPlayer::act(const std::string& verb, Words& rest, Actions& out) {
  if (verb == "say") return say(rest.rest(), out);
  if (verb == "close") {
    ledger_.cutting();
    return session_->close(LeaveReason::disconnected, out);
  }
  const JoinId id = rest.id();
  if (verb == "allow") {
    ledger_.allowing(id);
    session_->join_allowed(id, rest.payload(), out);
  } else if (verb == "deny") {
    ledger_.denying(id);
    session_->join_denied(id, rest.payload(), out);
  } else if (verb == "resume") {
    session_->resume(id, out);
  } else if (verb == "reply") {
    const std::string ref = rest.word();
    const Status status = rest.word() == "ok" ? Status::ok : Status::error;
    session_->reply(id, ref, status, rest.payload(), out);
  } else if (verb == "push") {
    const std::string event = rest.word();
    session_->push(id, event, rest.payload(), out);
  } else if (verb == "stop") {
    session_->stopped(id, out);
  } else if (verb == "crash") {
    session_->crashed(id, out);
  } else {
    ADD_FAILURE() << "not an input: " << verb;
  }
}

void SessionPlayer::say(std::string_view said, Actions& out) {
  const bool binary = is_hex(said);
  said_ = binary ? from_hex(said.substr(hex_prefix.size())) : std::string(said);
  const auto message = decode(wire_, binary ? Opcode::binary : Opcode::text, said_, scratch_);
  ASSERT_TRUE(message) << message.error().message << ": " << said;
  session_->receive(*message, out);
}

std::vector<ScriptStep> read_script(std::string_view script) {
  std::vector<ScriptStep> steps;
  std::istringstream lines{std::string(script)};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    if (line.front() != ' ') {
      steps.push_back({line, {}});
    } else {
      steps.back().actions.push_back(line.substr(line.find_first_not_of(' ')));
    }
  }
  return steps;
}

}  // namespace roost::protocol
