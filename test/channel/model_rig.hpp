// ModelRig: real shards, sockets and channels beside a Model, without I/O. Each
// thing that is done to it is done to both, and what the clients then hear is
// judged. Messages between shards wait in lanes, one for each pair of shards,
// which are stepped by hand, in any order; what comes from other threads (the
// answers of hooks, the program's own calls) overtakes as it likes.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "channel/model_judge.hpp"
#include "channel/model_peer.hpp"
#include "channel/world.hpp"

namespace roost::model {

using Choose = std::function<unsigned(unsigned below)>;

/// What a message from another thread will do, for the Model.
struct Verdict {
  int client, join;
  std::optional<std::string> denial;
};
struct Call {
  int client, join;
  std::string words;
};
struct Disconnect {
  int client;
};
using Note = std::variant<std::monostate, Verdict, Call, Disconnect>;

struct Letter {
  channel::ShardMessage message;
  Note note;
};

/// Who posts now: a shard, or another thread; and what its message will do.
struct Sender {
  std::size_t lane;
  Note note;
};

class Lanes final : public channel::Mailbox {
 public:
  Lanes(std::size_t lanes, const Sender& sender) : lanes_(lanes), sender_(sender) {}
  void post(channel::ShardMessage message) override {
    lanes_[sender_.lane].push_back({std::move(message), sender_.note});
  }
  bool empty() const;
  /// Of any lane its next; of the last one, where other threads post, any.
  Letter take(const Choose& choose);

 private:
  std::vector<std::deque<Letter>> lanes_;
  const Sender& sender_;
};

class ModelRig {
 public:
  ModelRig(unsigned shards, Limits limits, Choose choose);
  ~ModelRig();

  // --- for whoever drives it: every call is judged ---------------------------------
  int connects(Wire wire, std::size_t shard);
  void says(int client, const Said& said);
  void babbles(int client);
  void vanishes(int client);
  void passes(std::chrono::milliseconds time);
  /// A hook that was asked to wait answers: what it says is on its way.
  void answers(std::size_t question, std::optional<std::string> denial);
  /// The hook throws its question away.
  void drops(std::size_t question);
  void calls(int client, int join, const std::string& words);
  void disconnects(int client);
  /// One message between threads arrives; false where none is on its way.
  bool step();
  void settle();

  /// Makes a plan and returns its number.
  int plans(Plan plan);
  const Model& model() const { return model_; }
  std::size_t questions() const { return questions_.size(); }
  /// The last join of a client, whatever has become of it; 0: none.
  int some_join(int client) const;
  const std::string& fault() const { return fault_; }
  /// Is shown every frame that a client gets.
  std::function<void(const std::string& frame)> watch;

 private:
  class Hooks;
  class Actor;
  struct Question {
    int join;
    Answer answer;
  };

  void acts_as(int client);
  void judge();
  void fail(std::string what);
  std::size_t outside() const { return shards_.size(); }
  Peer& peer(int client) { return *peers_.at(static_cast<std::size_t>(client)); }

  Choose choose_;
  std::vector<Plan> plans_{1};
  std::vector<int> asker_{0};  // of each plan
  Model model_;
  ModelJudge judge_;

  channel::FakeClock clock_;
  Log log_;
  channel::Registry registry_;
  channel::InterestMap interest_;
  Sender sender_;
  std::vector<std::shared_ptr<Lanes>> lanes_;
  std::vector<Question> questions_;
  std::vector<Ended> ended_;
  std::size_t alive_ = 0;
  std::map<int, MemberId> members_;  // by join
  std::vector<std::unique_ptr<channel::Shard>> shards_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::string fault_;
};

}  // namespace roost::model
