// A random crowd of clients, hooks and channels against the Model.
//
// ROOST_MODEL_SEED and ROOST_MODEL_ACTIONS choose another walk, and a longer
// one. A walk is made of worlds of `world_actions` each, the first of which has
// the seed itself: a failure names the seed of its world.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <deque>
#include <map>
#include <random>

#include "channel/model_rig.hpp"

namespace roost::model {
namespace {

constexpr unsigned world_actions = 2000;

/// What a walk must have come by, or it has shown little.
struct Landmark {
  std::string_view name, mark;
};
constexpr std::array<Landmark, 12> landmarks = {{{"cancelled", "cancelled"},
                                                 {"timeout", "authorization_timeout"},
                                                 {"too many channels", "too many channels"},
                                                 {"unmatched", "unmatched topic"},
                                                 {"join crashed", "join crashed"},
                                                 {"phx_error", "phx_error"},
                                                 {"phx_close", "phx_close"},
                                                 {"binary reply", "b\1"},
                                                 {"binary broadcast", "b\2"},
                                                 {"told to go", "close 1001"},
                                                 {"too many parked", "close 1008"},
                                                 {"babble", "close 1011"}}};
using Seen = std::map<std::string_view, unsigned>;

unsigned setting(const char* name, unsigned usual) {
  const char* const text = std::getenv(name);
  return text == nullptr ? usual : static_cast<unsigned>(std::stoul(text));
}

class Crowd {
 public:
  Crowd(unsigned seed, Seen& seen)
      : random_(seed),
        seen_(seen),
        shards_(1 + seed % 3),
        rig_(shards_, {2 + random_() % 3, seed % 4 == 0 ? 64U : 3U},
             [this](unsigned below) { return choose(below); }) {
    for (int& one : clients_) one = connects();
    rig_.watch = [this](const std::string& frame) { sees(frame); };
  }

  /// Empty, or what went wrong and what had led to it.
  std::string walk(unsigned actions) {
    for (unsigned i = 0; i < actions; ++i) {
      acts();
      while (choose(3) == 0 && rig_.step()) {
      }
      if (choose(25) == 0) rig_.settle();
      if (!rig_.fault().empty()) return report(i);
    }
    rig_.settle();
    return rig_.fault().empty() ? "" : report(actions);
  }

 private:
  void sees(std::string_view what) {
    for (const Landmark& one : landmarks)
      if (what.find(one.mark) != std::string_view::npos) ++seen_[one.name];
  }

  unsigned choose(unsigned below) { return random_() % below; }
  bool rarely() { return choose(10) == 0; }
  template <std::size_t count>
  const char* one_of(const char* const (&list)[count]) {
    return list[choose(count)];
  }

  std::string report(unsigned action) const {
    std::string out = fmt::format("action {}: {}\nThe last before it:\n", action, rig_.fault());
    for (const std::string& line : trace_) out += "  " + line + "\n";
    return out;
  }
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    trace_.push_back(fmt::format(format, std::forward<Args>(args)...));
    if (trace_.size() > 40) trace_.pop_front();
  }

  int connects() {
    const Wire wire = choose(3) == 0 ? Wire::v1 : Wire::v2;
    const unsigned shard = choose(shards_);
    const int client = rig_.connects(wire, shard);
    note("{} connects to shard {}, {}", client, shard, wire == Wire::v1 ? "V1" : "V2");
    return client;
  }

  void acts() {
    int& client = clients_[choose(clients_.size())];
    if (const auto code = rig_.model().close_code(client)) {
      sees(fmt::format("close {}", *code));
      rig_.vanishes(client);
      client = connects();
    }
    const unsigned what = choose(100);
    if (what < 78) return speaks(client);
    if (what < 86) return decides();
    if (what < 91) {
      const int join = rig_.some_join(client);
      const std::string words = some_words(false);
      note("the program tells join {} of {}: {}", join, client, words);
      return rig_.calls(client, join, words);
    }
    if (what < 95) {
      const std::chrono::milliseconds time(choose(900));
      note("{} ms pass", time.count());
      return rig_.passes(time);
    }
    if (what < 97) {
      for (unsigned i = choose(70); i > 0 && !rig_.model().close_code(client); --i) speaks(client);
      return;
    }
    ends(client);
  }

  void ends(int& client) {
    switch (choose(6)) {
      case 0:
        note("{} babbles", client);
        return rig_.babbles(client);
      case 1:
        note("{} is told to go", client);
        return rig_.disconnects(client);
      default:
        note("{} vanishes", client);
        rig_.vanishes(client);
        client = connects();
    }
  }

  void decides() {
    if (rig_.questions() == 0) return;
    const unsigned question = choose(static_cast<unsigned>(rig_.questions()));
    const unsigned how = choose(8);
    note("hook {} of {} answers: {}", question, rig_.questions(), how);
    if (how == 0) return rig_.drops(question);
    if (how < 3) return rig_.answers(question, R"({"reason":"late"})");
    rig_.answers(question, std::nullopt);
  }

  void speaks(int client) {
    static constexpr const char* topics[] = {"room:1", "room:2", "room:3", "room:4", "room:\"5"};
    static constexpr const char* others[] = {"phoenix", "nowhere", "roo", ""};
    Said said;
    said.topic = rarely() ? one_of(others) : one_of(topics);
    const auto joined = rig_.model().join_ref(client, said.topic);
    said.ref = some_ref();
    said.payload = fmt::format("{{\"said\":{}}}", ++number_);
    const unsigned what = choose(100);
    if (what < (joined ? 12 : 75)) {
      said.event = "phx_join";
      said.join_ref = choose(4) == 0 ? some_ref() : said.ref;
      said.payload = fmt::format("{{\"join\":{}}}", rig_.plans(some_plan()));
    } else {
      said.event = what > 90 ? "phx_leave" : some_words(true);
      if (said.topic == "phoenix" && choose(3) != 0) said.event = "heartbeat";
      said.join_ref = joined && !rarely() ? *joined : some_ref();
    }
    if (rig_.model().wire(client) == Wire::v2 && rarely() && said.ref.front() == '"' &&
        said.join_ref.front() == '"')
      said.form = Form::bytes;
    note("{} says [{},{},{},{}] {}{}", client, said.join_ref, said.ref, said.topic, said.event,
         said.payload, said.form == Form::bytes ? " in binary" : "");
    rig_.says(client, said);
  }

  std::string some_ref() {
    static constexpr const char* odd[] = {"null",  "null", "false", "true", "1",
                                          "\"1\"", "1.5",  "\"\"",  "[1]",  R"({"a":1})"};
    if (choose(6) == 0) return one_of(odd);
    const unsigned number = ++number_;
    return choose(8) == 0 ? fmt::format("{}", number) : fmt::format("\"{}\"", number);
  }

  Plan some_plan() {
    Plan plan;
    const unsigned hook = choose(10);
    if (hook < 5) plan.hook = Plan::Hook::waits;
    if (hook == 5) plan.hook = Plan::Hook::denies;
    const unsigned channel = choose(12);
    if (channel == 0) plan.channel = Plan::Channel::refuses;
    if (channel == 1) plan.channel = Plan::Channel::throws;
    if (choose(3) == 0) plan.hook_response = fmt::format("{{\"hook\":{}}}", ++number_);
    if (choose(3) == 0) plan.channel_response = fmt::format("{{\"channel\":{}}}", ++number_);
    if (choose(3) == 0) plan.words = some_words(false);
    if (choose(3) == 0) plan.farewell = static_cast<int>(++number_);
    return plan;
  }

  /// What a channel shall do; some of it only a push can ask for.
  std::string some_words(bool pushed) {
    std::string words;
    for (unsigned i = 1 + choose(4); i > 0; --i) words += some_word(pushed) + " ";
    if (pushed && choose(40) == 0) return words + "R";
    if (choose(25) == 0) return words + one_of({"c", "x", "s", "c b1 p2", "s p3"});
    words.pop_back();
    return words;
  }

  std::string some_word(bool pushed) {
    const unsigned number = ++number_;
    const unsigned what = choose(pushed ? 20 : 13);
    if (what < 4) return fmt::format("b{}", number);
    if (what < 8) return fmt::format("f{}", number);
    if (what < 10) return fmt::format("p{}", number);
    if (what == 10) return fmt::format("B{}", number);
    if (what == 11) {
      const unsigned delay_ms = choose(1500);
      return fmt::format("t{}:{}{}", delay_ms, one_of({"p", "b", "f"}), number);
    }
    if (what == 12) return one_of({"u", "l"});
    if (what == 13) return "k";
    return choose(5) == 0 ? "e" : "r";
  }

  std::mt19937 random_;
  Seen& seen_;
  unsigned shards_;
  ModelRig rig_;
  std::array<int, 6> clients_{};
  unsigned number_ = 0;  // in every message, so that none is like another
  std::deque<std::string> trace_;
};

TEST(Model, ForetellsWhatEveryClientOfARandomCrowdGets) {
  const unsigned seed = setting("ROOST_MODEL_SEED", 1);
  const unsigned actions = setting("ROOST_MODEL_ACTIONS", 20'000);
  Seen seen;
  for (unsigned done = 0, world = seed; done < actions; ++world) {
    const unsigned some = std::min(world_actions, actions - done);
    Crowd crowd(world, seen);
    ASSERT_EQ(crowd.walk(some), "") << "ROOST_MODEL_SEED=" << world;
    done += some;
  }
  std::string counts;
  for (const Landmark& one : landmarks) {
    EXPECT_TRUE(actions < 20'000 || seen[one.name] > 0) << one.name;
    counts += fmt::format(", {} {}", seen[one.name], one.name);
  }
  fmt::print("seed {}, {} actions{}\n", seed, actions, counts);
}

}  // namespace
}  // namespace roost::model
