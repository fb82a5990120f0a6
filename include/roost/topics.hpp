// What the server's lists say of topics and their members: values, from every
// thread together. Made by Server::topics() and Server::members(), and by the
// server API over HTTP.
//
// A list is no cut in time: each thread says what it has when it is asked.
#pragma once

#include <roost/channel.hpp>
#include <roost/connection.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace roost {

/// Which topics, at most how many: those behind `after`, in the order of their bytes.
struct TopicsWanted {
  std::string prefix = {};
  std::string after = {};
  std::size_t limit = 1000;
  /// Called on every thread, at once; empty: all.
  std::function<bool(std::string_view topic)> only = {};
};

struct TopicCount {
  std::string topic;
  std::size_t members = 0;
};

/// Topics that have members.
struct TopicList {
  std::vector<TopicCount> topics;
  std::size_t total = 0;    ///< that match, wherever the list begins and ends
  bool is_complete = true;  ///< false: ask for more, `after` the last one
};

/// Which members of one topic: those behind `after`, in the order in which their
/// sockets came to each thread.
struct MembersWanted {
  std::string topic;
  SocketId after = {};
  std::size_t limit = 1000;
};

struct TopicMember {
  MemberId id;
  std::shared_ptr<const ConnectionInfo> connection;
  std::chrono::system_clock::time_point joined_at;  ///< to the second
  std::vector<std::string> presence_keys = {};      ///< under which it is tracked
};

struct MemberList {
  std::vector<TopicMember> members;
  std::size_t total = 0;    ///< of the topic
  bool is_complete = true;  ///< false: ask for more, `after` the last one's socket
};

}  // namespace roost
