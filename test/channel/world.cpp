#include "channel/world.hpp"

#include <fmt/format.h>

#include <array>
#include <stdexcept>

#include "channel/event_channel.hpp"

namespace roost::channel {

Scripted::~Scripted() {
  if (script_.destroyed) script_.destroyed(*this);
  --script_.alive;
}

JoinResult Scripted::join(const JoinRequest& request) {
  return script_.join ? script_.join(*this, request) : JoinResult::ok();
}

void Scripted::joined() {
  if (script_.joined) script_.joined(*this);
}

void Scripted::handle_in(const Push& in) {
  script_.handled.emplace_back(in.event);
  if (script_.handle_in) return script_.handle_in(*this, in);
  if (in.event == "echo") return reply(in.ref, Status::ok, in.payload);
  if (in.event == "tell") return push("told", in.payload);
  if (in.event == "say") return broadcast_from("said", in.payload);
  if (in.event == "say_all") return broadcast("said", in.payload);
  if (in.event == "crash") throw std::runtime_error("as asked");
  if (in.event == "stop") stop();
}

void Scripted::terminate(LeaveReason reason) {
  script_.ended.push_back(reason);
  if (script_.terminate) script_.terminate(*this);
}

World::World(unsigned shards, ShardSettings settings)
    : log_(LogLevel::info, LogFormat::json,
           [this](LogLevel, std::string_view line) { log_lines.emplace_back(line); }) {
  settings.authorizer = gate;
  std::vector<Mailbox*> all;
  for (unsigned i = 0; i < shards; ++i)
    all.push_back(mailboxes_.emplace_back(std::make_shared<HandMailbox>()).get());
  for (unsigned i = 0; i < shards; ++i)
    shards_.push_back(std::make_unique<Shard>(static_cast<ShardIndex>(i), all, interest_, registry_,
                                              settings, clock, log_));
}

World::~World() = default;

void World::serve(std::string_view pattern, Script& script) {
  registry_.add(pattern, [&script] { return std::make_unique<Scripted>(script); });
}

void World::serve_events() {
  registry_.add(
      event_topics, [] { return std::make_unique<EventChannel>(); }, Registry::Takes::events);
}

bool World::step(std::size_t index) {
  auto& waiting = mailboxes_[index]->waiting;
  if (waiting.empty()) return false;
  ShardMessage message = std::move(waiting.front());
  waiting.pop_front();
  shards_[index]->handle(std::move(message));
  shards_[index]->flush();
  return true;
}

void World::settle() {
  for (const auto& one : shards_) one->flush();
  for (bool any = true; any;) {
    any = false;
    for (std::size_t i = 0; i < shards_.size(); ++i) any = step(i) || any;
  }
}

void World::pass(std::chrono::milliseconds time) {
  clock.advance(time);
  for (const auto& one : shards_) one->run_timers();
  settle();
}

std::uint64_t World::count(Counter ShardCounters::*counter) const {
  std::uint64_t sum = 0;
  for (const auto& one : shards_) sum += (one->counters().*counter).get();
  return sum;
}

std::string World::topic_at_home_on(std::size_t index) const {
  for (int i = 0;; ++i) {
    std::string topic = fmt::format("room:{}", i);
    if (InterestMap::hash(topic) % shards_.size() == index) return topic;
  }
}

std::string World::event_topic_at_home_on(std::size_t index, unsigned number) const {
  for (int i = 0;; ++i) {
    std::string topic = fmt::format("events:{}", i);
    if (InterestMap::hash(topic) % shards_.size() == index && number-- == 0) return topic;
  }
}

Client::Client(World& world, std::size_t shard, protocol::Wire wire, std::string user)
    : world_(world), shard_(world.shard(shard)) {
  auto connection = std::make_shared<ConnectionInfo>();
  connection->peer = "192.0.2.1:5000";
  connection->user = std::move(user);
  socket_ = std::make_unique<Socket>(shard_, wire, std::move(connection), *this);
}

Client::Client(World& world, ConnectionInfo connection) : world_(world), shard_(world.shard(0)) {
  socket_ = std::make_unique<Socket>(
      shard_, protocol::Wire::v2, std::make_shared<ConnectionInfo>(std::move(connection)), *this);
}

Client::~Client() {
  vanishes();
}

void Client::vanishes() {
  if (!socket_) return;
  socket_->end(LeaveReason::disconnected);
  shard_.flush();
  socket_.reset();
}

void Client::says(std::string_view topic, std::string_view event, std::string_view payload,
                  std::string_view ref, std::string_view join_ref) {
  says_text(fmt::format(R"([{},{},"{}","{}",{}])", join_ref, ref, topic, event, payload));
}

void Client::enters(std::string_view topic, std::string_view payload) {
  if (socket_->wire() != protocol::Wire::v1)
    joins(topic, payload);
  else
    says_text(
        fmt::format(R"({{"topic":"{}","event":"phx_join","payload":{},"ref":1}})", topic, payload));
  hears();
}

void Client::flush() {
  Outbox& outbox = socket_->outbox();
  overflowed_ = outbox.overflowed();
  while (!outbox.empty()) {
    std::array<iovec, 3> parts;
    const std::size_t count = outbox.gather(parts.data(), parts.size());
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < count; ++i) {
      stream_.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
      bytes += parts[i].iov_len;
    }
    outbox.consumed(bytes);
  }
}

std::vector<std::string> Client::hears() {
  world_.settle();
  return hears_now();
}

std::string Client::hears_bytes() {
  world_.settle();
  shard_.flush();
  return std::exchange(stream_, {});
}

std::vector<std::string> Client::hears_now() {
  shard_.flush();
  std::vector<std::string> bodies;
  // RFC 6455 5.2, of a server: one unmasked frame a message.
  for (std::size_t at = 0; at < stream_.size();) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(stream_[at + i]); };
    const std::size_t head = byte(1) < 126 ? 2 : byte(1) == 126 ? 4 : 10;
    std::size_t size = head == 2 ? byte(1) : 0;
    for (std::size_t i = 2; i < head; ++i) size = size << 8 | byte(i);
    at += head;
    bodies.push_back(stream_.substr(at, size));
    at += size;
  }
  stream_.clear();
  return bodies;
}

std::string reply(std::string_view topic, Status status, std::string_view response,
                  std::string_view ref, std::string_view join_ref) {
  return fmt::format(R"([{},{},"{}","phx_reply",{{"status":"{}","response":{}}}])", join_ref, ref,
                     topic, status == Status::ok ? "ok" : "error", response);
}

std::string join_reply(std::string_view topic, Status status, std::string_view response,
                       std::string_view ref) {
  return reply(topic, status, response, ref, ref);
}

std::string pushed(std::string_view topic, std::string_view event, std::string_view payload,
                   std::string_view join_ref) {
  return fmt::format(R"([{},null,"{}","{}",{}])", join_ref, topic, event, payload);
}

std::string cast(std::string_view topic, std::string_view event, std::string_view payload) {
  return fmt::format(R"([null,null,"{}","{}",{}])", topic, event, payload);
}

std::string closed(std::string_view topic, std::string_view join_ref) {
  return fmt::format(R"([{0},{0},"{1}","phx_close",{{}}])", join_ref, topic);
}

std::string crashed(std::string_view topic, std::string_view join_ref) {
  return fmt::format(R"([{0},{0},"{1}","phx_error",{{"reason":"channel_crash"}}])", join_ref,
                     topic);
}

}  // namespace roost::channel
