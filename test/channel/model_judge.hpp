// ModelJudge: holds what clients have heard against what the Model foretold.
// The frames of each client are exactly the foretold ones, in order; between
// them stand broadcasts, which may take their time on the way from thread to
// thread. Of these it takes every order that the protocol allows, and no other:
// - only members get them, from the join's reply to the join's end, once each,
//   and not the sender where it spoke to the others;
// - all members of a topic get them in one order, in which each sender's stand
//   as they were sent, and nobody misses one between two that it got, or after
//   one that it got while it stays;
// - whoever is a member from before the sending until all is quiet gets it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "channel/model.hpp"

namespace roost::model {

class ModelJudge {
 public:
  /// First of all: what was sent by what has just happened.
  void sent(std::vector<Broadcast> broadcasts);
  /// What a client heard in this turn, and what the Model says of it.
  void heard(int client, Wire wire, const std::vector<std::string>& frames, const Steps& steps);
  /// Nothing is on its way any more.
  void quiet();

  /// Empty, or the first disagreement.
  const std::string& fault() const { return fault_; }

 private:
  struct Membership {
    int client;
    Wire wire;
    std::string topic;
    unsigned since;
    bool over = false;
    std::set<int> got;
  };
  /// What must stand behind what, by places in a list of broadcasts.
  using Order = std::vector<std::vector<bool>>;

  void fail(int client, const std::string& what);
  void takes(int client, Wire wire, const Step& step);
  Membership* membership(int client, const std::string& topic);
  /// True where the frame is a broadcast that this client may get now.
  bool arrives(int client, Wire wire, const std::string& frame);
  void quiet(const std::string& topic, const std::vector<Broadcast>& sent);
  Order order_of(const std::string& topic, const std::vector<Broadcast>& sent) const;
  void missed(const Membership& member, const std::vector<Broadcast>& sent, const Order& before);
  static bool is_for(const Membership& member, const Broadcast& broadcast);

  std::vector<Broadcast> on_the_way_;  // all that were sent since it was quiet
  std::map<Wire, std::map<std::string, std::size_t>> by_frame_;  // places in on_the_way_
  std::set<int> open_to_sender_;  // of them, what their sender may have got by now
  std::vector<Membership> memberships_;
  std::map<std::pair<int, std::string>, std::vector<int>> got_;  // by client and topic
  std::string fault_;
};

}  // namespace roost::model
