#include "channel/model_rig.hpp"

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace roost::model {
namespace {

int number_in(std::string_view payload) {
  return std::stoi(std::string(payload.substr(payload.find_first_of("0123456789"))));
}

std::string said_payload(const std::string& number) {
  return "{\"n\":" + number + "}";
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
  return "";
}

}  // namespace

bool Lanes::empty() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane.empty(); });
}

Letter Lanes::take(const Choose& choose) {
  std::size_t which = choose(static_cast<unsigned>(lanes_.size()));
  while (lanes_[which].empty()) which = (which + 1) % lanes_.size();
  auto& lane = lanes_[which];
  const bool is_outside = which + 1 == lanes_.size();
  const auto at = lane.begin() + (is_outside ? choose(static_cast<unsigned>(lane.size())) : 0);
  Letter letter = std::move(*at);
  lane.erase(at);
  return letter;
}

// --- What users of the library bring: hooks and channels

class ModelRig::Hooks final : public channel::Authorizer {
 public:
  explicit Hooks(ModelRig& rig) : rig_(rig) {}
  std::optional<Decision> authorize(const roost::Question& question,
                                    const channel::MakeAnswer& make_answer) const override {
    const int join = number_in(question.payload.bytes);
    const Plan& plan = rig_.plans_.at(static_cast<std::size_t>(join));
    if (plan.hook == Plan::Hook::allows) return Decision::allow(plan.hook_response);
    if (plan.hook == Plan::Hook::denies) return Decision::deny();
    rig_.questions_.push_back({join, make_answer()});
    return std::nullopt;
  }

 private:
  ModelRig& rig_;
};

class ModelRig::Actor final : public Channel {
 public:
  explicit Actor(ModelRig& rig) : rig_(rig) { ++rig_.alive_; }
  ~Actor() override { --rig_.alive_; }

  JoinResult join(const JoinRequest& request) override {
    join_ = number_in(request.payload.bytes);
    const Plan& plan = this->plan();
    rig_.members_[join_] = id();
    if (plan.channel == Plan::Channel::throws) throw std::runtime_error("as planned");
    if (plan.channel == Plan::Channel::refuses) return JoinResult::refuse(R"({"reason":"full"})");
    return JoinResult::ok(plan.channel_response);
  }
  void joined() override { does(plan().words, nullptr); }
  void handle_in(const Push& push) override { does(std::string(push.event), &push); }
  void terminate(LeaveReason reason) override {
    rig_.ended_.push_back({join_, std::string(name_of(reason))});
    const int farewell = plan().farewell;
    if (farewell != 0) say("b" + std::to_string(farewell));
  }

  void does(const std::string& words, const Push* push) {
    std::istringstream list(words);
    for (std::string word; list >> word;) {
      if (push != nullptr && answers(word, *push)) continue;
      if (!say(word)) acts(word);
    }
  }

 private:
  const Plan& plan() const { return rig_.plans_.at(static_cast<std::size_t>(join_)); }

  bool answers(const std::string& word, const Push& push) {
    switch (word.front()) {
      case 'r':
        reply(push.ref, Status::ok, push.payload);
        return true;
      case 'e':
        reply(push.ref, Status::error, push.payload);
        return true;
      case 'R':
        reply(push.ref, Status::ok, Payload::binary("bytes"));
        return true;
      case 'k':
        kept_ = push.ref;
        return true;
      default:
        return false;
    }
  }

  bool say(const std::string& word) {
    const std::string number = word.substr(1);
    switch (word.front()) {
      case 'p':
        push("told", Payload::json(said_payload(number)));
        return true;
      case 'b':
        broadcast("said", Payload::json(said_payload(number)));
        return true;
      case 'f':
        broadcast_from("said", Payload::json(said_payload(number)));
        return true;
      case 'B':
        broadcast("said", Payload::binary(number));
        return true;
      case 'l':
        reply(kept_, Status::ok);
        return true;
      default:
        return false;
    }
  }

  void acts(const std::string& word) {
    switch (word.front()) {
      case 't':
        return starts_timer(std::chrono::milliseconds(std::stoi(word.substr(1))),
                            word.substr(word.find(':') + 1));
      case 'u':
        if (timers_.empty()) return;
        cancel_timer(timers_.rbegin()->second);
        timers_.erase(std::prev(timers_.end()));
        return;
      case 's':
        return stop();
      case 'x':
        return push("told", Payload::json("[]"));
      default:
        throw std::runtime_error("as asked");
    }
  }

  void starts_timer(std::chrono::milliseconds delay, std::string then) {
    const int number = ++last_timer_;
    timers_[number] = send_after(delay, [this, number, then = std::move(then)] {
      timers_.erase(number);
      does(then, nullptr);
    });
  }

  ModelRig& rig_;
  int join_ = 0;
  ReplyRef kept_{"null"};
  std::map<int, TimerId> timers_;  // in the order in which they were started
  int last_timer_ = 0;
};

// --- The rig

ModelRig::ModelRig(unsigned shards, Limits limits, Choose choose)
    : choose_(std::move(choose)),
      model_(limits, plans_),
      log_(LogLevel::off, LogFormat::json, [](LogLevel, std::string_view) {}),
      sender_{shards, {}} {
  registry_.add(std::string(Model::served) + "*",
                [this] { return std::make_unique<Actor>(*this); });
  channel::ShardSettings settings;
  settings.authorizer = std::make_shared<Hooks>(*this);
  settings.hook_timeout = Model::hook_timeout;
  settings.session_limits.channels_max = static_cast<unsigned>(limits.channels_max);
  settings.session_limits.parked_messages_max = limits.parked_messages_max;
  std::vector<channel::Mailbox*> all;
  for (unsigned i = 0; i < shards; ++i)
    all.push_back(lanes_.emplace_back(std::make_shared<Lanes>(shards + 1, sender_)).get());
  for (unsigned i = 0; i < shards; ++i)
    shards_.push_back(std::make_unique<channel::Shard>(
        static_cast<channel::ShardIndex>(i), all, interest_, registry_, settings, clock_, log_));
  peers_.emplace_back();  // clients are numbered from 1
}

ModelRig::~ModelRig() {
  for (const auto& one : peers_)
    if (one != nullptr && one->socket() != nullptr) one->vanishes();
}

int ModelRig::plans(Plan plan) {
  plans_.push_back(std::move(plan));
  asker_.push_back(0);
  return static_cast<int>(plans_.size()) - 1;
}

int ModelRig::connects(Wire wire, std::size_t shard) {
  peers_.push_back(std::make_unique<Peer>(*shards_.at(shard), wire));
  return model_.connects(wire);
}

void ModelRig::says(int client, const Said& said) {
  if (said.event == "phx_join") asker_.at(number_in(said.payload)) = client;
  model_.says(client, said);
  acts_as(client);
  peer(client).says(said);
  judge();
}

/// What the client's own thread posts from now on is its shard's.
void ModelRig::acts_as(int client) {
  sender_.lane = channel::Shard::index_of(peer(client).socket()->id());
}

void ModelRig::babbles(int client) {
  model_.babbles(client);
  acts_as(client);
  peer(client).socket()->receive(protocol::Opcode::text, "[null,\"1\",\"room:1\"]");
  judge();
}

void ModelRig::vanishes(int client) {
  model_.vanishes(client);
  acts_as(client);
  peer(client).vanishes();
  judge();
}

void ModelRig::passes(std::chrono::milliseconds time) {
  model_.passes(time);
  clock_.advance(time);
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    sender_.lane = i;
    shards_[i]->run_timers();
  }
  judge();
}

void ModelRig::answers(std::size_t index, std::optional<std::string> denial) {
  const Question question = std::move(questions_.at(index));
  questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(index));
  sender_ = {outside(), Verdict{asker_.at(question.join), question.join, denial}};
  Decision decision =
      Decision::allow(plans_.at(static_cast<std::size_t>(question.join)).hook_response);
  if (denial) {
    decision = Decision::deny();
    decision.response = *denial;
  }
  question.answer(decision);
  sender_.note = {};
}

void ModelRig::drops(std::size_t index) {
  const int join = questions_.at(index).join;
  sender_ = {outside(), Verdict{asker_.at(join), join, R"({"reason":"unauthorized"})"}};
  questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(index));
  sender_.note = {};
}

void ModelRig::calls(int client, int join, const std::string& words) {
  const auto member = members_.find(join);
  if (member == members_.end()) return;
  const MemberId id = member->second;
  sender_ = {outside(), Call{client, join, words}};
  lanes_[channel::Shard::index_of(id.socket)]->post(channel::Run{[id, words](auto& shard) {
    channel::Socket* const socket = shard.find(id.socket);
    channel::Member* const found = socket == nullptr ? nullptr : socket->find(id.join);
    if (found == nullptr || !found->is_joined()) return;
    found->call([&](Channel& one) { static_cast<Actor&>(one).does(words, nullptr); });
  }});
  sender_.note = {};
}

void ModelRig::disconnects(int client) {
  const SocketId id = peer(client).socket()->id();
  sender_ = {outside(), Disconnect{client}};
  lanes_[channel::Shard::index_of(id)]->post(channel::Run{[id](channel::Shard& shard) {
    if (channel::Socket* const socket = shard.find(id))
      socket->close(1001, LeaveReason::disconnected);
  }});
  sender_.note = {};
}

bool ModelRig::step() {
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < lanes_.size(); ++i)
    if (!lanes_[i]->empty()) waiting.push_back(i);
  if (waiting.empty()) return false;
  const std::size_t shard = waiting[choose_(static_cast<unsigned>(waiting.size()))];
  const Letter letter = lanes_[shard]->take(choose_);
  sender_.lane = shard;
  if (const auto* verdict = std::get_if<Verdict>(&letter.note)) {
    model_.decides(verdict->client, verdict->join, verdict->denial);
  } else if (const auto* call = std::get_if<Call>(&letter.note)) {
    model_.runs(call->client, call->join, call->words);
  } else if (const auto* end = std::get_if<Disconnect>(&letter.note)) {
    model_.is_disconnected(end->client);
  }
  shards_[shard]->handle(letter.message);
  judge();
  return true;
}

void ModelRig::settle() {
  while (fault_.empty() && step()) {
  }
  judge_.quiet();
  for (const Question& one : questions_)
    if (one.answer.is_wanted() != model_.is_waiting(asker_.at(one.join), one.join))
      fail("hook of join " + std::to_string(one.join) + " is told wrongly whether it is wanted");
  if (alive_ != model_.members())
    fail(std::to_string(alive_) + " channels for " + std::to_string(model_.members()) + " members");
  fail(judge_.fault());
}

void ModelRig::judge() {
  for (const auto& shard : shards_) shard->flush();
  judge_.sent(model_.take_broadcasts());
  for (int client = 1; client < static_cast<int>(peers_.size()); ++client) {
    Peer& one = peer(client);
    const Steps steps = model_.take_steps(client);
    const std::vector<std::string> frames = one.take_frames();
    if (watch) std::for_each(frames.begin(), frames.end(), watch);
    if (!steps.empty() || !frames.empty()) judge_.heard(client, one.wire(), frames, steps);
    if (one.code() != model_.close_code(client))
      fail("client " + std::to_string(client) + " is closed with " +
           std::to_string(one.code().value_or(0)));
  }
  std::vector<Ended> foretold = model_.take_ended();
  std::sort(foretold.begin(), foretold.end());
  std::sort(ended_.begin(), ended_.end());
  if (foretold != std::exchange(ended_, {})) fail("terminate() was called otherwise than foretold");
  fail(judge_.fault());
}

int ModelRig::some_join(int client) const {
  for (std::size_t i = asker_.size(); i-- > 1;)
    if (asker_[i] == client) return static_cast<int>(i);
  return 0;
}

void ModelRig::fail(std::string what) {
  if (fault_.empty()) fault_ = std::move(what);
}

}  // namespace roost::model
