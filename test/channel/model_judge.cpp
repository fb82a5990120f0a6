#include "channel/model_judge.hpp"

#include <algorithm>

namespace roost::model {
namespace {

/// A frame as it can be printed.
std::string shown(const std::string& frame) {
  if (frame.front() == 't') return frame.substr(1);
  std::string out = "binary ";
  for (const char c : frame.substr(1)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f)
      out += c;
    else
      out += "<" + std::to_string(byte) + ">";
  }
  return out;
}

bool is_broadcast(const std::string& frame) {
  if (frame.front() == 'b') return frame.at(1) == '\2';
  return frame.find("\"said\",") != std::string::npos;
}

}  // namespace

void ModelJudge::fail(int client, const std::string& what) {
  if (fault_.empty()) fault_ = "client " + std::to_string(client) + ": " + what;
}

void ModelJudge::sent(std::vector<Broadcast> broadcasts) {
  for (Broadcast& one : broadcasts) {
    for (const Wire wire : {Wire::v1, Wire::v2})
      by_frame_[wire][broadcast_frame(wire, one)] = on_the_way_.size();
    on_the_way_.push_back(std::move(one));
  }
}

void ModelJudge::heard(int client, Wire wire, const std::vector<std::string>& frames,
                       const Steps& steps) {
  auto next = steps.begin();
  const auto is_frame = [&] { return next->kind == Step::Kind::frame; };
  for (const std::string& frame : frames) {
    if (is_broadcast(frame)) {
      while (!arrives(client, wire, frame)) {
        if (next == steps.end() || is_frame())
          return fail(client, "must not get now " + shown(frame));
        takes(client, wire, *next++);
      }
      continue;
    }
    while (next != steps.end() && !is_frame()) takes(client, wire, *next++);
    if (next == steps.end()) return fail(client, "got more than was foretold: " + shown(frame));
    if (next->text != frame)
      return fail(client, "got " + shown(frame) + " where was foretold " + shown(next->text));
    ++next;
  }
  for (; next != steps.end(); ++next) {
    if (is_frame()) return fail(client, "did not get " + shown(next->text));
    takes(client, wire, *next);
  }
}

void ModelJudge::takes(int client, Wire wire, const Step& step) {
  if (step.kind == Step::Kind::publishes) {
    open_to_sender_.insert(step.number);
  } else if (step.kind == Step::Kind::enters) {
    memberships_.push_back({client, wire, step.text, step.when, false, {}});
  } else if (Membership* const member = membership(client, step.text)) {
    member->over = true;
  }
}

ModelJudge::Membership* ModelJudge::membership(int client, const std::string& topic) {
  for (Membership& one : memberships_)
    if (one.client == client && one.topic == topic && !one.over) return &one;
  return nullptr;
}

bool ModelJudge::arrives(int client, Wire wire, const std::string& frame) {
  const auto found = by_frame_[wire].find(frame);
  if (found == by_frame_[wire].end()) return false;
  const Broadcast& one = on_the_way_[found->second];
  if (wire == Wire::v1 && one.form == Form::bytes) return false;
  if (one.sender == client && (!one.comes_back || open_to_sender_.count(one.number) == 0))
    return false;
  Membership* const member = membership(client, one.topic);
  auto& got = got_[{client, one.topic}];
  if (member == nullptr || std::count(got.begin(), got.end(), one.number) != 0) return false;
  got.push_back(one.number);
  member->got.insert(one.number);
  return true;
}

void ModelJudge::quiet() {
  std::map<std::string, std::vector<Broadcast>> by_topic;
  for (const Broadcast& one : on_the_way_) by_topic[one.topic].push_back(one);
  for (const auto& [topic, sent] : by_topic) quiet(topic, sent);
  on_the_way_.clear();
  by_frame_.clear();
  open_to_sender_.clear();
  got_.clear();
  std::erase_if(memberships_, [](const Membership& one) { return one.over; });
  for (Membership& one : memberships_) one.got.clear();
}

void ModelJudge::quiet(const std::string& topic, const std::vector<Broadcast>& sent) {
  const Order before = order_of(topic, sent);
  for (std::size_t i = 0; i < sent.size(); ++i)
    if (before[i][i])
      return fail(sent[i].sender, "there is no one order of broadcasts on " + topic + " around " +
                                      std::to_string(sent[i].number));
  for (const Membership& one : memberships_)
    if (one.topic == topic) missed(one, sent, before);
}

ModelJudge::Order ModelJudge::order_of(const std::string& topic,
                                       const std::vector<Broadcast>& sent) const {
  Order before(sent.size(), std::vector<bool>(sent.size()));
  std::map<int, std::size_t> place;
  std::map<int, std::size_t> last_of_sender;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    place[sent[i].number] = i;
    const auto [last, is_first] = last_of_sender.try_emplace(sent[i].sender, i);
    if (!is_first) before[std::exchange(last->second, i)][i] = true;
  }
  for (const auto& [where, got] : got_) {
    if (where.second != topic) continue;
    for (std::size_t i = 1; i < got.size(); ++i)
      before[place.at(got[i - 1])][place.at(got[i])] = true;
  }
  for (std::size_t k = 0; k < sent.size(); ++k)  // Warshall: what follows from it
    for (std::size_t i = 0; i < sent.size(); ++i)
      for (std::size_t j = 0; before[i][k] && j < sent.size(); ++j)
        if (before[k][j]) before[i][j] = true;
  return before;
}

bool ModelJudge::is_for(const Membership& member, const Broadcast& broadcast) {
  return (broadcast.comes_back || broadcast.sender != member.client) &&
         (broadcast.form == Form::json || member.wire == Wire::v2);
}

void ModelJudge::missed(const Membership& member, const std::vector<Broadcast>& sent,
                        const Order& before) {
  for (std::size_t i = 0; i < sent.size(); ++i) {
    if (!is_for(member, sent[i]) || member.got.count(sent[i].number) != 0) continue;
    const bool was_member = sent[i].when > member.since;
    bool got_earlier = false;
    bool got_later = false;
    for (std::size_t j = 0; j < sent.size(); ++j) {
      if (member.got.count(sent[j].number) == 0) continue;
      got_earlier = got_earlier || before[j][i];
      got_later = got_later || before[i][j];
    }
    if ((was_member || got_earlier) && (!member.over || got_later))
      fail(member.client, "misses " + shown(broadcast_frame(member.wire, sent[i])));
  }
}

}  // namespace roost::model
