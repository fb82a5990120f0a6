// A random crowd that publishes, comes, goes and is cut off: whoever recovers has
// every event of its topic exactly once, in order.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "channel/world.hpp"

namespace roost::channel {
namespace {

constexpr std::size_t walkers_count = 8;
constexpr int actions_count = 6000;

struct Seen {
  std::string id;
  std::string type;
  std::string offset;
  bool operator==(const Seen&) const = default;
};

/// What stands behind `"name":`, without quotes; "" where the name is not there.
std::string value_of(std::string_view text, std::string_view name) {
  const std::string key = fmt::format("\"{}\":", name);
  const std::size_t found = text.find(key);
  if (found == std::string_view::npos) return {};
  const std::size_t at = found + key.size();
  const std::string value(text.substr(at, text.find_first_of(",}", at) - at));
  return value.front() == '"' ? value.substr(1, value.size() - 2) : value;
}

/// A client that recovers: what an application does around phoenix.js.
class Walker {
 public:
  Walker(World& world, std::size_t number, std::string topic)
      : world_(world), number_(number), topic_(std::move(topic)) {
    if (number % 3 == 1) wanted_ = "a";
  }

  bool is_out() const { return state_ == State::out; }
  bool is_in() const { return state_ == State::in; }

  void join(std::size_t shard) {
    if (!client_) client_ = std::make_unique<Client>(world_, shard);
    std::string payload = R"({"offsets":true)";
    if (!wanted_.empty()) payload += fmt::format(R"(,"event_types":["{}"])", wanted_);
    asked_ = !epoch_.empty();
    if (asked_)
      payload += fmt::format(R"(,"recover":{{"epoch":"{}","offset":{}}},"exclude":"{}")", epoch_,
                             offset_, member_);
    join_ref_ = std::to_string(++refs_);
    client_->joins(topic_, payload + "}", join_ref_);
    state_ = State::joining;
  }

  /// A new event, or once more one whose reply it has not seen.
  void publish(std::mt19937& random) {
    std::string id;
    if (!unanswered_.empty() && random() % 2 == 0) {
      id = unanswered_[random() % unanswered_.size()];
    } else {
      id = fmt::format("w{}-{}", number_, ++published_);
      unanswered_.push_back(id);
    }
    // Which event a reply is for.
    const std::string ref = fmt::format("\"{}\"", id);
    client_->says(topic_, "cloudevent",
                  fmt::format(R"({{"id":"{}","type":"{}","source":"/s","specversion":"1.0"}})", id,
                              id.back() % 2 == 0 ? "a" : "b"),
                  ref, join_ref_);
  }

  void leave() {
    client_->says(topic_, "phx_leave", "{}", std::to_string(++refs_), join_ref_);
    take();
    state_ = State::out;
  }

  /// With or without having read what was sent.
  void vanish(bool reads) {
    if (reads) take();
    client_.reset();
    state_ = State::out;
  }

  void take() {
    if (!client_) return;
    for (const std::string& frame : client_->hears_now()) take(frame);
  }

  std::vector<Seen> expected(const std::vector<Seen>& all) const {
    std::vector<Seen> result;
    const std::string mine = fmt::format("w{}-", number_);
    for (const Seen& one : all)
      if (std::stoul(one.offset) > first_offset_ && !one.id.starts_with(mine) &&
          (wanted_.empty() || one.type == wanted_))
        result.push_back(one);
    return result;
  }
  const std::vector<Seen>& seen() const { return seen_; }
  std::size_t recoveries() const { return recoveries_; }
  std::size_t duplicates() const { return duplicates_; }
  const std::vector<std::string>& unanswered() const { return unanswered_; }

 private:
  enum class State { out, joining, in };

  void take(const std::string& frame) {
    if (frame.find("\"cloudevent\"") != std::string::npos) {
      const Seen one{value_of(frame, "id"), value_of(frame, "type"),
                     value_of(frame, "roostoffset")};
      EXPECT_GT(std::stoul(one.offset), offset_) << frame;
      offset_ = std::stoul(one.offset);
      // One's own comes where it was still on its way to the home when one was cut off.
      if (!one.id.starts_with(fmt::format("w{}-", number_))) seen_.push_back(one);
    } else if (frame.find(R"("status":"ok")") != std::string::npos) {
      const std::string offset = value_of(frame, "offset");
      if (offset.empty()) return;  // of a leave
      if (value_of(frame, "recovered").empty()) return published(frame);
      EXPECT_EQ(value_of(frame, "recovered"), asked_ ? "true" : "false") << frame;
      recoveries_ += asked_ ? 1 : 0;
      if (!asked_) {
        first_offset_ = std::stoul(offset);
        offset_ = first_offset_;
      }
      epoch_ = value_of(frame, "epoch");
      member_ = value_of(frame, "member");
      state_ = State::in;
    }
  }

  void published(const std::string& frame) {
    const std::size_t begin = frame.find("\"w") + 1;
    const std::string id = frame.substr(begin, frame.find('"', begin) - begin);
    std::erase(unanswered_, id);
    duplicates_ += value_of(frame, "duplicate") == "true" ? 1 : 0;
  }

  World& world_;
  std::size_t number_;
  std::string topic_;
  std::string wanted_;  // a type; "": all
  std::unique_ptr<Client> client_;
  State state_ = State::out;
  std::string join_ref_, epoch_, member_;
  unsigned long offset_ = 0, first_offset_ = 0;
  bool asked_ = false;
  int refs_ = 0, published_ = 0;
  std::size_t recoveries_ = 0, duplicates_ = 0;
  std::vector<Seen> seen_;
  std::vector<std::string> unanswered_;
};

class RecoveryWalk : public testing::TestWithParam<unsigned> {};

INSTANTIATE_TEST_SUITE_P(, RecoveryWalk, testing::Values(1U, 2U, 3U), [](const auto& shards) {
  return "Shards" + std::to_string(shards.param);
});

TEST_P(RecoveryWalk, GivesEverybodyEveryEventOnceAndInOrder) {
  const char* const chosen = std::getenv("ROOST_MODEL_SEED");
  const unsigned seed = chosen != nullptr ? static_cast<unsigned>(std::atoi(chosen)) : 1;
  SCOPED_TRACE(fmt::format("ROOST_MODEL_SEED={}", seed));
  std::mt19937 random(seed);
  ShardSettings settings;
  settings.history.rules = {{"events:*", 100'000, std::chrono::hours(1), 1 << 28}};
  settings.history.bytes_max = std::size_t{1} << 30;
  World world(GetParam(), settings);
  world.serve_events();
  const std::vector<std::string> topics = {world.event_topic_at_home_on(GetParam() - 1),
                                           world.event_topic_at_home_on(0, 1)};
  // Somebody who is always there, to know what was accepted.
  std::vector<std::unique_ptr<Walker>> witnesses, walkers;
  for (const std::string& topic : topics) {
    witnesses.push_back(std::make_unique<Walker>(world, 1000 * walkers_count * 3, topic));
    witnesses.back()->join(0);
  }
  world.settle();
  for (std::size_t i = 0; i < walkers_count; ++i)
    walkers.push_back(std::make_unique<Walker>(world, i, topics[i % topics.size()]));

  for (int i = 0; i < actions_count; ++i) {
    Walker& walker = *walkers[random() % walkers.size()];
    const auto what = random() % 100;
    if (what < 30) {
      walker.take();
    } else if (walker.is_out()) {
      if (what < 60) walker.join(random() % world.size());
    } else if (what < 75) {
      if (walker.is_in()) walker.publish(random);
    } else if (what < 78) {
      walker.vanish(random() % 2 == 0);
    } else if (what < 80) {
      walker.leave();
    }
    if (random() % 2 == 0) world.step(random() % world.size());
    if (i % 100 == 0)
      for (const auto& witness : witnesses) witness->take();
  }

  for (const auto& walker : walkers)
    if (walker->is_out()) walker->join(random() % world.size());
  world.settle();
  std::size_t recoveries = 0, duplicates = 0;
  for (const auto& witness : witnesses) witness->take();
  for (std::size_t i = 0; i < walkers.size(); ++i) {
    walkers[i]->take();
    const Walker& witness = *witnesses[i % topics.size()];
    EXPECT_EQ(walkers[i]->seen(), walkers[i]->expected(witness.seen())) << i;
    recoveries += walkers[i]->recoveries();
    duplicates += walkers[i]->duplicates();
  }
  for (const auto& witness : witnesses) {
    EXPECT_GT(witness->seen().size(), 100u);
    // Offsets have no holes, and nothing is there twice.
    for (std::size_t i = 0; i < witness->seen().size(); ++i)
      EXPECT_EQ(witness->seen()[i].offset, std::to_string(i + 1));
    std::vector<std::string> ids;
    for (const Seen& one : witness->seen()) ids.push_back(one.id);
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(std::adjacent_find(ids.begin(), ids.end()), ids.end());
  }
  EXPECT_GT(recoveries, 50u);
  EXPECT_GT(duplicates, 10u);
}

}  // namespace
}  // namespace roost::channel
