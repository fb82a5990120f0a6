#include "channel/presences.hpp"

#include <roost/limits.hpp>

#include <map>
#include <stdexcept>
#include <utility>

#include "channel/member.hpp"
#include "channel/shard.hpp"
#include "channel/socket.hpp"

namespace roost::channel {

namespace {
constexpr std::string_view state_event = "presence_state";
constexpr std::string_view diff_event = "presence_diff";

using Kind = PresenceRequest::Kind;

std::uint64_t nanoseconds(std::chrono::system_clock::time_point time) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

Member* find(const Shard& shard, MemberId id) {
  const Socket* const socket = shard.find(id.socket);
  if (socket == nullptr) return nullptr;
  Member* const member = socket->find(id.join);
  return member != nullptr && member->is_joined() ? member : nullptr;
}
}  // namespace

Presences::Presences(Shard& shard, ShardIndex self, Ways& ways)
    : shard_(shard), self_(self), ways_(ways), refs_(self, nanoseconds(shard.clock().wall())) {}

void Presences::ask(PresenceRequest request, Then then) {
  if (!std::holds_alternative<std::monostate>(then)) {
    request.question = ++last_question_;
    waiting_.emplace(request.question, Waiting{request.member, std::move(then)});
  }
  const ShardIndex home = shard_.hub().home_of(request.topic);
  if (home == self_) return answer(request);
  ways_.post(home, AskPresence{std::make_shared<const PresenceRequest>(std::move(request))});
}

// --- as the home of topics

void Presences::answer(const PresenceRequest& request) {
  Home& home = homes_.try_emplace(request.topic, shard_.settings().presence, refs_).first->second;
  PresenceAnswer answer{request.question, PresenceResult::ok, nullptr};
  switch (request.kind) {
    case Kind::track:
      answer.result = home.presence.track(request.member, request.key, request.fields);
      break;
    case Kind::update:
      answer.result = home.presence.update(request.member, request.key, request.fields);
      break;
    case Kind::untrack:
      home.presence.untrack(request.member, request.key);
      break;
    case Kind::untrack_all:
      home.presence.untrack(request.member);
      break;
    case Kind::push_state:
      home.wait_for_state.push_back(request.member);
      break;
    case Kind::list:
      answer.presences = std::make_shared<const std::string>(home.presence.state());
      break;
  }
  if (answer.result == PresenceResult::full) say_full(request, home);
  if (request.question != 0) ways_.post(Shard::index_of(request.member.socket), std::move(answer));
  changed(request.topic, home);
}

void Presences::say_full(const PresenceRequest& request, Home& home) {
  shard_.counters().presences_refused.add();
  if (std::exchange(home.was_full, true)) return;
  shard_.log().warn("presence is full: members are not tracked",
                    {{"topic", request.topic}, {"tracked", home.presence.size()}});
}

void Presences::changed(const std::string& topic, Home& home) {
  if (!home.presence.has_changes() && home.wait_for_state.empty()) {
    if (home.presence.empty() && home.timer == 0) homes_.erase(topic);
    return;
  }
  const bool is_large = home.presence.diff_bytes() > shard_.settings().presence.diff_bytes_max;
  if (shard_.now() >= home.next_flush || is_large) return flush(topic);
  if (home.timer != 0) return;
  home.timer = shard_.timers().at(home.next_flush, [this, topic] { flush(topic); });
}

void Presences::flush(const std::string& name) {
  const auto found = homes_.find(name);
  Home& home = found->second;
  if (home.timer != 0) shard_.timers().cancel(std::exchange(home.timer, 0));
  if (home.presence.has_changes()) {
    const std::string diff = home.presence.take_diff();
    shard_.hub().publish({found->first, diff_event, Payload::json(diff)});
  }
  if (!home.wait_for_state.empty())
    send_state(home.presence.state(), std::exchange(home.wait_for_state, {}));
  const bool is_small = home.presence.size() <= limits::presence_small_topic;
  home.next_flush = is_small ? SteadyTime{} : shard_.now() + limits::presence_window;
  if (home.presence.empty()) homes_.erase(found);
}

void Presences::send_state(const std::string& state, const std::vector<MemberId>& members) {
  std::map<ShardIndex, std::vector<MemberId>> by_shard;
  for (const MemberId member : members) by_shard[Shard::index_of(member.socket)].push_back(member);
  std::shared_ptr<const std::string> shared;
  for (auto& [shard, its_members] : by_shard) {
    if (shard == self_) {
      push(state, its_members);
      continue;
    }
    if (!shared) shared = std::make_shared<const std::string>(state);
    ways_.post(shard, PushPresence{shared, std::move(its_members)});
  }
}

// --- for members of this shard

void Presences::push(std::string_view state, const std::vector<MemberId>& members) {
  const protocol::FrameRef payload =
      protocol::FrameBuilder(state.size()).append(state).finish_piece();
  for (const MemberId id : members)
    if (Member* const member = find(shard_, id))
      member->socket().push_shared(*member, state_event, payload);
}

std::vector<TrackedMember> Presences::tracked(std::string_view topic, SocketId after,
                                              std::size_t limit) const {
  const auto found = homes_.find(std::string(topic));
  if (found == homes_.end()) return {};
  return found->second.presence.tracked(after, limit);
}

void Presences::handle(const PresenceAnswer& message) {
  const auto found = waiting_.find(message.question);
  const Waiting waiting = std::move(found->second);
  waiting_.erase(found);
  Member* const member = find(shard_, waiting.member);
  if (member == nullptr) return;
  member->call([&](Channel&) {
    if (const auto* then = std::get_if<Presence::Then>(&waiting.then)) (*then)(message.result);
    if (const auto* then = std::get_if<Presence::Listed>(&waiting.then))
      (*then)(*message.presences);
  });
}

}  // namespace roost::channel

namespace roost {

using channel::PresenceRequest;

namespace {
void require_key(std::string_view key) {
  if (!channel::is_presence_key(key))
    throw std::invalid_argument("a presence's key must be UTF-8 of 255 bytes at most");
}

std::string_view fields_of(std::string_view meta) {
  if (const auto fields = channel::presence_fields(meta)) return *fields;
  throw std::invalid_argument(
      "a presence's meta must be a JSON object of 1024 bytes at most without phx_ref and "
      "phx_ref_prev");
}

channel::Presences::Then or_nothing(Presence::Then then) {
  if (then) return then;
  return {};
}
}  // namespace

void Presence::track(std::string_view key, std::string_view meta, Then then) {
  require_key(key);
  member_.ask_presence(PresenceRequest::Kind::track, key, fields_of(meta),
                       or_nothing(std::move(then)));
}

void Presence::update(std::string_view key, std::string_view meta, Then then) {
  require_key(key);
  member_.ask_presence(PresenceRequest::Kind::update, key, fields_of(meta),
                       or_nothing(std::move(then)));
}

void Presence::untrack(std::string_view key) {
  member_.ask_presence(PresenceRequest::Kind::untrack, key);
}

void Presence::push_state() {
  member_.ask_presence(PresenceRequest::Kind::push_state);
}

void Presence::list(Listed then) {
  member_.ask_presence(PresenceRequest::Kind::list, {}, {}, std::move(then));
}

}  // namespace roost
