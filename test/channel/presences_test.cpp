// Presence as clients see it: with one shard and with several, the clients on
// them in turn.
#include "channel/presences.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "channel/world.hpp"

namespace roost::channel {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* room = "room:a";

/// What phoenix.js's Presence makes of what one client hears: a key's refs, in
/// order. Diffs before the state wait for it.
class Synced {
 public:
  void hear(const std::vector<std::string>& frames) {
    for (const std::string& frame : frames) {
      rapidjson::Document document;
      document.Parse(frame.data(), frame.size());
      ASSERT_FALSE(document.HasParseError()) << frame;
      const std::string event = document[3].GetString();
      if (event == "presence_state") sync(document[4]);
      if (event == "presence_diff") diff(document[4]);
    }
  }
  std::map<std::string, std::vector<std::string>> presences;
  int states = 0;
  int diffs = 0;

 private:
  using Value = rapidjson::Value;
  static std::vector<std::string> refs_of(const Value& presence) {
    std::vector<std::string> refs;
    for (const auto& meta : presence["metas"].GetArray())
      refs.emplace_back(meta["phx_ref"].GetString());
    return refs;
  }
  void sync(const Value& state) {
    ++states;
    presences.clear();
    for (const auto& one : state.GetObject()) presences[one.name.GetString()] = refs_of(one.value);
    for (const rapidjson::Document& late : waiting_) apply(late);
    waiting_.clear();
  }
  void diff(const Value& value) {
    ++diffs;
    if (states > 0) return apply(value);
    waiting_.emplace_back().CopyFrom(value, waiting_.back().GetAllocator());
  }
  void apply(const Value& value) {
    for (const auto& one : value["joins"].GetObject())
      for (const std::string& ref : refs_of(one.value)) {
        std::erase(presences[one.name.GetString()], ref);
        presences[one.name.GetString()].push_back(ref);
      }
    for (const auto& one : value["leaves"].GetObject()) {
      const auto at = presences.find(one.name.GetString());
      if (at == presences.end()) continue;
      for (const std::string& ref : refs_of(one.value)) std::erase(at->second, ref);
      if (at->second.empty()) presences.erase(at);
    }
  }
  std::deque<rapidjson::Document> waiting_;
};

class Presences : public testing::TestWithParam<unsigned> {
 protected:
  Presences() {
    script_.joined = [](Scripted& channel) { channel.presence().push_state(); };
    script_.handle_in = [this](Scripted& channel, const Push& push) {
      Presence presence = channel.presence();
      const std::string key = "k" + std::to_string(channel.id().socket.value % 3);
      const auto then = [this](PresenceResult result) { results_.push_back(result); };
      if (push.event == "track") return presence.track(key, push.payload.bytes, then);
      if (push.event == "track2") return presence.track("second", push.payload.bytes, then);
      if (push.event == "update") return presence.update(key, push.payload.bytes, then);
      if (push.event == "untrack") return presence.untrack(key);
      if (push.event == "list")
        return presence.list([this](std::string_view text) { listed_.emplace_back(text); });
      if (push.event == "crash") throw std::runtime_error("as asked");
      if (push.event == "stop") return channel.stop();
    };
    world_.serve("room:*", script_);
  }

  Client& client(std::size_t number) {
    while (clients_.size() <= number) clients_.emplace_back(world_, clients_.size() % GetParam());
    return clients_[number];
  }
  void enter(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) client(i).enters(room);
    for (std::size_t i = 0; i < count; ++i) client(i).hears();
  }
  void window() { world_.pass(limits::presence_window); }
  std::string list() {
    Client asker(world_);
    asker.enters(room);
    asker.says(room, "list");
    asker.hears();
    EXPECT_THAT(listed_, SizeIs(1));
    return std::exchange(listed_, {}).at(0);
  }

  std::vector<PresenceResult> results_;
  std::vector<std::string> listed_;
  Script script_;
  World world_{GetParam()};
  std::deque<Client> clients_;
};

INSTANTIATE_TEST_SUITE_P(, Presences, testing::Values(1U, 2U, 3U), [](const auto& shards) {
  return "Shards" + std::to_string(shards.param);
});

TEST_P(Presences, ComeAsReplyThenDiffThenState) {
  script_.joined = [](Scripted& channel) {
    channel.presence().track("ann", R"({"a":1})");
    channel.presence().push_state();
  };
  client(0).joins(room);
  const auto heard = client(0).hears();
  const std::string_view ann = R"({"ann":{"metas":[{"a":1,"phx_ref":")";
  EXPECT_THAT(
      heard,
      ElementsAre(
          join_reply(room, Status::ok),
          AllOf(StartsWith(fmt::format(R"([null,null,"room:a","presence_diff",{{"joins":{})", ann)),
                EndsWith(R"("}]}},"leaves":{}}])")),
          AllOf(StartsWith(fmt::format(R"([1,null,"room:a","presence_state",{})", ann)),
                EndsWith(R"("}]}}])"))));
  client(1).joins(room, "{}", "\"two\"");
  EXPECT_THAT(client(1).hears(),
              ElementsAre(HasSubstr("phx_reply"), HasSubstr("presence_diff"),
                          StartsWith(R"(["two",null,"room:a","presence_state",{"ann":)")));
  EXPECT_THAT(client(0).hears(), ElementsAre(HasSubstr("presence_diff")));
}

TEST_P(Presences, ReachV1Too) {
  Client old(world_, 0, protocol::Wire::v1);
  old.says_text(R"({"topic":"room:a","event":"phx_join","payload":{},"ref":"1"})");
  EXPECT_THAT(
      old.hears(),
      ElementsAre(HasSubstr("phx_reply"),
                  R"({"topic":"room:a","event":"presence_state","payload":{},"ref":null})"));
  old.says_text(R"({"topic":"room:a","event":"track","payload":{},"ref":"2"})");
  EXPECT_THAT(
      old.hears(),
      ElementsAre(StartsWith(R"({"topic":"room:a","event":"presence_diff","payload":{"joins":)")));
}

TEST_P(Presences, AnswerWhatBecameOfATrackAndAnUpdate) {
  enter(2);
  client(1).says(room, "update");
  client(1).says(room, "track");
  client(1).says(room, "track");
  client(1).says(room, "update");
  EXPECT_THAT(results_, IsEmpty());
  client(1).hears();
  EXPECT_THAT(results_, ElementsAre(PresenceResult::not_tracked, PresenceResult::ok,
                                    PresenceResult::already_tracked, PresenceResult::ok));
}

TEST_P(Presences, AnswerNothingToAChannelThatHasEnded) {
  enter(2);
  client(1).says(room, "track");
  client(1).says(room, "list");
  client(1).vanishes();
  world_.settle();
  EXPECT_THAT(results_, IsEmpty());
  EXPECT_THAT(listed_, IsEmpty());
}

TEST_P(Presences, RefuseWhatIsNoKeyAndNoMeta) {
  std::vector<std::string> thrown;
  script_.joined = [&](Scripted& channel) {
    const auto attempt = [&](const std::string& key, const std::string& meta) {
      try {
        channel.presence().track(key, meta);
      } catch (const std::invalid_argument& error) {
        thrown.emplace_back(error.what());
      }
    };
    attempt("\xff", "{}");
    attempt(std::string(limits::presence_key_bytes_max + 1, 'k'), "{}");
    attempt("k", "[]");
    attempt("k", R"({"phx_ref":"mine"})");
    attempt("k", R"({"a":")" + std::string(limits::presence_meta_bytes_max, 'x') + "\"}");
  };
  client(0).enters(room);
  EXPECT_THAT(thrown, SizeIs(5));
  EXPECT_EQ(list(), "{}");
}

TEST_P(Presences, AreNotForAJoinThatIsNotComplete) {
  script_.join = [](Scripted& channel, const JoinRequest&) {
    channel.presence().track("ann");
    return JoinResult::ok();
  };
  client(0).joins(room);
  EXPECT_THAT(client(0).hears(),
              ElementsAre(join_reply(room, Status::error, R"({"reason":"join crashed"})")));
  script_.join = {};
  EXPECT_EQ(list(), "{}");
}

TEST_P(Presences, LeaveNoGhostWhateverEndsAMember) {
  script_.terminate = [](Scripted& channel) { channel.presence().track("after the end"); };
  const std::vector<std::function<void(Client&)>> ways = {
      [](Client& one) { one.says(room, "phx_leave"); },
      [](Client& one) { one.says(room, "crash"); },
      [](Client& one) { one.says(room, "stop"); },
      [](Client& one) { one.vanishes(); },
      [](Client& one) { one.says_text("no frame"); },
      [](Client& one) { one.socket().close(1001, LeaveReason::disconnected); },
      [](Client& one) { one.joins(room, "{}", "2"); },
  };
  enter(4);
  for (const auto& way : ways) {
    Client guest(world_, 3 % GetParam());
    guest.enters(room);
    guest.says(room, "track");
    guest.says(room, "track2");
    guest.hears();
    client(0).hears();
    EXPECT_THAT(list(), HasSubstr("second"));
    way(guest);
    EXPECT_THAT(client(0).hears(), ElementsAre(HasSubstr(R"("joins":{},"leaves":{"k)")));
    EXPECT_EQ(list(), "{}");
  }
}

TEST_P(Presences, TellEachChangeOfASmallTopicByItself) {
  enter(2);
  client(1).says(room, "track", R"({"a":1})");
  client(1).says(room, "update", R"({"a":2})");
  client(1).says(room, "untrack");
  client(1).hears();
  EXPECT_THAT(client(0).hears(),
              ElementsAre(HasSubstr(R"("leaves":{})"),
                          AllOf(HasSubstr(R"("joins":{"k)"), HasSubstr("phx_ref_prev"),
                                HasSubstr(R"("leaves":{"k)")),
                          HasSubstr(R"("joins":{})")));
}

TEST_P(Presences, TellTheChangesOfALargeTopicTogether) {
  constexpr std::size_t many = limits::presence_small_topic + 8;
  enter(many + 1);
  for (std::size_t i = 0; i < many; ++i) client(i).says(room, "track");
  world_.settle();
  // The last of a small topic's changes opens the first window.
  EXPECT_THAT(client(0).hears(), SizeIs(limits::presence_small_topic + 1));
  window();
  EXPECT_THAT(client(0).hears(), ElementsAre(HasSubstr("presence_diff")));

  // Who comes after that is told at once; what follows, when the window ends.
  window();
  client(many).says(room, "track");
  client(many).hears();
  EXPECT_THAT(client(0).hears(), ElementsAre(HasSubstr(R"("leaves":{})")));
  for (std::size_t i = many - 6; i < many; ++i) client(i).says(room, "untrack");
  world_.settle();
  world_.pass(limits::presence_window - std::chrono::milliseconds(1));
  EXPECT_THAT(client(0).hears(), IsEmpty());
  world_.pass(std::chrono::milliseconds(1));
  EXPECT_THAT(client(0).hears(), ElementsAre(HasSubstr(R"("joins":{},"leaves":{"k0":{"metas":[)")));
}

TEST_P(Presences, DoNotWaitForMoreWhenADiffIsLong) {
  for (unsigned i = 0; i < GetParam(); ++i) {
    ShardSettings settings = world_.shard(i).settings();
    settings.presence.diff_bytes_max = 1000;
    world_.shard(i).set_settings(settings);
  }
  constexpr std::size_t few = limits::presence_small_topic;
  enter(few + 24);
  for (std::size_t i = 0; i < few + 1; ++i) client(i).says(room, "track");
  client(0).hears();
  for (std::size_t i = few + 1; i < few + 24; ++i) client(i).says(room, "track");
  const auto heard = client(0).hears();
  EXPECT_THAT(heard, Not(IsEmpty()));
  for (const std::string& frame : heard) EXPECT_LT(frame.size(), 1200u);
}

TEST_P(Presences, GiveAllWhoComeInOneWindowOneState) {
  constexpr std::size_t many = limits::presence_small_topic + 1;
  enter(many);
  for (std::size_t i = 0; i < many; ++i) client(i).says(room, "track");
  world_.settle();
  std::deque<Client> late;
  for (std::size_t i = 0; i < 6; ++i) {
    late.emplace_back(world_, i % GetParam());
    late.back().joins(room, "{}", std::to_string(100 + i));
    EXPECT_THAT(late.back().hears(), ElementsAre(HasSubstr("phx_reply")));
  }
  window();
  std::vector<std::string> states;
  for (std::size_t i = 0; i < late.size(); ++i) {
    const auto heard = late[i].hears();
    ASSERT_THAT(heard, ElementsAre(StartsWith(
                           fmt::format(R"([{},null,"room:a","presence_state",{{"k)", 100 + i))));
    states.push_back(heard[0].substr(heard[0].find('{')));
    EXPECT_EQ(states[i], states[0]);
  }
}

TEST_P(Presences, CannotOutgrowTheirTopic) {
  for (unsigned i = 0; i < GetParam(); ++i) {
    ShardSettings settings = world_.shard(i).settings();
    settings.presence.members_max = 2;
    world_.shard(i).set_settings(settings);
  }
  enter(4);
  for (std::size_t i = 0; i < 4; ++i) {
    client(i).says(room, "track");
    client(i).hears();
  }
  EXPECT_THAT(results_, ElementsAre(PresenceResult::ok, PresenceResult::ok, PresenceResult::full,
                                    PresenceResult::full));
  EXPECT_EQ(world_.count(&ShardCounters::presences_refused), 2u);
  EXPECT_THAT(world_.log_lines, Contains(HasSubstr("presence is full")).Times(1));
  client(0).vanishes();
  world_.settle();
  client(3).says(room, "track");
  client(3).hears();
  EXPECT_EQ(results_.back(), PresenceResult::ok);
}

/// Clients that come, go and change at random, some of them reading late: each
/// has, when all has settled, exactly what is there.
TEST_P(Presences, AreTheSameForEverybodyWhateverHappens) {
  std::mt19937 random(8472);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  struct Guest {
    Guest(World& world, std::size_t shard) : client(world, shard) { client.joins(room); }
    Client client;
    Synced synced;
  };
  std::deque<std::unique_ptr<Guest>> guests;
  for (int round = 0; round < 1500; ++round) {
    if (guests.size() < 5 || (guests.size() < 60 && below(4) == 0)) {
      guests.push_back(std::make_unique<Guest>(world_, below(GetParam())));
      continue;
    }
    const std::size_t chosen = below(guests.size());
    Guest& guest = *guests[chosen];
    switch (below(12)) {
      case 0:
        guests.erase(guests.begin() + static_cast<std::ptrdiff_t>(chosen));
        break;
      case 1:
        guest.client.says(room, "untrack");
        break;
      case 2:
      case 3:
        guest.client.says(room, "update", R"({"new":1})");
        break;
      case 4:
        guest.synced.hear(guest.client.hears_now());
        break;
      case 5:
        world_.clock.advance(std::chrono::milliseconds(below(40)));
        for (unsigned i = 0; i < GetParam(); ++i) world_.shard(i).run_timers();
        break;
      case 6:
      case 7:
        world_.step(below(GetParam()));
        break;
      default:
        guest.client.says(room, "track");
    }
  }
  world_.settle();
  window();
  window();
  std::map<std::string, std::vector<std::string>> expected;
  for (std::size_t i = 0; i < guests.size(); ++i) {
    Synced& synced = guests[i]->synced;
    synced.hear(guests[i]->client.hears());
    EXPECT_EQ(synced.states, 1);
    for (auto& [key, refs] : synced.presences) std::sort(refs.begin(), refs.end());
    if (i == 0) expected = synced.presences;
    EXPECT_EQ(synced.presences, expected) << i;
  }
  Client late(world_);
  late.joins(room);
  window();
  Synced synced;
  synced.hear(late.hears());
  for (auto& [key, refs] : synced.presences) std::sort(refs.begin(), refs.end());
  EXPECT_EQ(synced.presences, expected);
  EXPECT_FALSE(expected.empty());
}

}  // namespace
}  // namespace roost::channel
