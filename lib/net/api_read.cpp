#include "net/api_read.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <roost/limits.hpp>
#include <roost/topics.hpp>

#include <charconv>
#include <functional>
#include <string>
#include <vector>

#include "base/json_scan.hpp"
#include "channel/census.hpp"
#include "channel/history_question.hpp"
#include "net/api_gather.hpp"

namespace roost::net {

namespace {

/// Nothing where it is no number from 0 to `most`, in decimal.
std::optional<std::uint64_t> number_of(const std::string& text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number > most)
    return std::nullopt;
  return number;
}

/// False, and the request is answered, where it is none.
bool read_limit(const ApiRequest& request, std::size_t& limit) {
  limit = limits::api_page_max;
  if (!request.query.has("limit")) return true;
  const auto number =
      number_of(request.query.param("limit").value_or(""), limits::api_page_max).value_or(0);
  if (number == 0) {
    request.refuse(http_status::bad_request, "invalid_query",
                   fmt::format("limit: expected 1 to {}", limits::api_page_max));
    return false;
  }
  limit = number;
  return true;
}

bool may_see(const ApiRequest& request, std::string_view topic) {
  if (request.caller->is_for(topic)) return true;
  request.refuse(http_status::forbidden, "not_permitted", "this API key is not for this topic");
  return false;
}

/// Also answers where no channel serves the topic.
bool is_topic(const ApiRequest& request) {
  if (request.thread.shard().registry().matches(request.name)) return true;
  request.refuse(http_status::not_found, "unmatched topic", "no channel serves this topic");
  return false;
}

using Write = std::function<std::string(const TopicList& list)>;

void list_topics(ApiRequest&& request, Write write) {
  TopicsWanted wanted;
  if (!read_limit(request, wanted.limit)) return;
  wanted.prefix = request.query.param("prefix").value_or("");
  wanted.after = request.query.param("after").value_or("");
  if (!request.caller->is_for_all_topics())
    wanted.only = [caller = request.caller](std::string_view topic) {
      return caller->is_for(topic);
    };
  const std::size_t limit = wanted.limit;
  gather_for(
      std::move(request),
      [wanted](IoThread& thread) { return channel::topics_of(thread.shard(), wanted); },
      [limit, write = std::move(write)](const ApiRequest& asked,
                                        std::vector<channel::TopicsPart> parts) {
        asked.answer_json(write(channel::merge(std::move(parts), limit)));
      });
}

/// `,"next":"..."` where there is more.
std::string next_topic(const TopicList& list) {
  if (list.is_complete || list.topics.empty()) return {};
  return fmt::format(R"(,"next":{})", json::quoted(list.topics.back().topic));
}

std::string write_topics(const TopicList& list) {
  std::string text = R"({"topics":[)";
  for (const TopicCount& one : list.topics)
    text += fmt::format(R"({}{{"topic":{},"members":{}}})", &one == &list.topics.front() ? "" : ",",
                        json::quoted(one.topic), one.members);
  return text + fmt::format(R"(],"total":{}{}}})", list.total, next_topic(list));
}

std::string write_channels(const TopicList& list) {
  std::string text = R"({"status":"success","channels":{)";
  for (const TopicCount& one : list.topics)
    text += fmt::format("{}{}:{}", &one == &list.topics.front() ? "" : ",", json::quoted(one.topic),
                        one.members);
  return text + fmt::format(R"(}},"total_channels":{}{}}})", list.total, next_topic(list));
}

std::string write_member(const TopicMember& one, std::uint64_t seed) {
  std::string keys;
  for (const std::string& key : one.presence_keys)
    keys += (keys.empty() ? "" : ",") + json::quoted(key);
  const ConnectionInfo& connection = *one.connection;
  return fmt::format(
      R"({{"socket":"{}","member":"{}","user":{},"peer":{},"joined_at":"{:%Y-%m-%dT%H:%M:%SZ}","presence_keys":[{}]}})",
      one.id.socket.value, channel::member_name(seed, one.id),
      connection.user.empty() ? "null" : json::quoted(connection.user),
      json::quoted(connection.peer),
      fmt::gmtime(std::chrono::system_clock::to_time_t(one.joined_at)), keys);
}

std::string write_members(const std::string& topic, const MemberList& list, std::uint64_t seed) {
  std::string text = fmt::format(R"({{"topic":{},"members":[)", json::quoted(topic));
  for (const TopicMember& one : list.members) {
    if (&one != &list.members.front()) text += ',';
    text += write_member(one, seed);
  }
  text += fmt::format(R"(],"total":{})", list.total);
  if (!list.is_complete && !list.members.empty())
    text += fmt::format(R"(,"next":"{}")", list.members.back().id.socket.value);
  return text + "}";
}

struct ThreadStats {
  channel::ShardCount count;
  std::vector<std::size_t> topics;  // hashes, in order
};

}  // namespace

void api_topics(ApiRequest&& request) {
  list_topics(std::move(request), write_topics);
}

void api_channels(ApiRequest&& request) {
  list_topics(std::move(request), write_channels);
}

void api_topic(ApiRequest&& request) {
  if (!may_see(request, request.name) || !is_topic(request)) return;
  gather_for(
      std::move(request),
      [topic = request.name](IoThread& thread) {
        return channel::count_members(thread.shard(), topic);
      },
      [](const ApiRequest& asked, const std::vector<std::size_t>& parts) {
        std::size_t members = 0;
        for (const std::size_t part : parts) members += part;
        asked.answer_json(
            fmt::format(R"({{"topic":{},"members":{}}})", json::quoted(asked.name), members));
      });
}

void api_members(ApiRequest&& request) {
  if (!may_see(request, request.name) || !is_topic(request)) return;
  MembersWanted wanted{request.name};
  if (!read_limit(request, wanted.limit)) return;
  if (request.query.has("after")) {
    const auto after = number_of(request.query.param("after").value_or(""), ~std::uint64_t{0});
    if (!after)
      return request.refuse(http_status::bad_request, "invalid_query",
                            "after: expected the `next` of the page before");
    wanted.after = {*after};
  }
  const std::size_t limit = wanted.limit;
  gather_for(
      std::move(request),
      [wanted](IoThread& thread) { return channel::members_of(thread.shard(), wanted); },
      [limit](const ApiRequest& asked, std::vector<channel::MembersPart> parts) {
        const std::uint64_t seed = asked.thread.shard().hub().history().seed();
        asked.answer_json(write_members(asked.name, channel::merge(std::move(parts), limit), seed));
      });
}

void api_stats(ApiRequest&& request) {
  gather_for(
      std::move(request),
      [](IoThread& thread) {
        TopicsWanted all;
        all.limit = 0;
        return ThreadStats{channel::count(thread.shard()),
                           channel::topics_of(thread.shard(), all).hashes};
      },
      [](const ApiRequest& asked, const std::vector<ThreadStats>& parts) {
        std::vector<channel::TopicsPart> topics;
        channel::ShardCount sum;
        std::string threads;
        for (const ThreadStats& part : parts) {
          topics.push_back({{}, part.topics});
          sum.sockets += part.count.sockets;
          sum.members += part.count.members;
          threads += fmt::format(R"({}{{"connections":{},"topics":{},"members":{}}})",
                                 threads.empty() ? "" : ",", part.count.sockets, part.count.topics,
                                 part.count.members);
        }
        asked.answer_json(fmt::format(
            R"({{"connections":{},"topics":{},"members":{},"threads":[{}]}})", sum.sockets,
            channel::merge(std::move(topics), 0).total, sum.members, threads));
      });
}

}  // namespace roost::net
