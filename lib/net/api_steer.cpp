#include "net/api_steer.hpp"

#include <fmt/format.h>

#include <charconv>
#include <numeric>
#include <string>
#include <vector>

#include "channel/census.hpp"
#include "channel/history_question.hpp"
#include "net/api_gather.hpp"

namespace roost::net {

namespace {

/// Ends up in an answer `{"<word>":<how many>}`.
template <class Do>
void do_everywhere(ApiRequest&& request, const char* word, Do what) {
  const std::string caller = request.caller->name();
  request.thread.shard().log().info("api", {{"key", caller}, {"does", word}, {"to", request.name}});
  gather_for(
      std::move(request), [what](IoThread& thread) -> std::size_t { return what(thread.shard()); },
      [word](const ApiRequest& asked, const std::vector<std::size_t>& parts) {
        const std::size_t sum = std::accumulate(parts.begin(), parts.end(), std::size_t{0});
        asked.answer_json(fmt::format(R"({{"{}":{}}})", word, sum));
      });
}

/// Who disconnects a socket ends what it is in, whatever the topics.
bool is_for_all(const ApiRequest& request) {
  if (request.caller->is_for_all_topics()) return true;
  request.refuse(http_status::forbidden, "not_permitted",
                 "this API key is for some topics alone: it may kick, not disconnect");
  return false;
}

}  // namespace

std::optional<SocketId> api_socket_id(const std::string& text) {
  SocketId id;
  const char* const end = text.data() + text.size();
  const auto [read, error] = std::from_chars(text.data(), end, id.value);
  if (error != std::errc{} || read != end || id.value == 0) return std::nullopt;
  return id;
}

void api_kick(ApiRequest&& request) {
  if (!request.caller->is_for(request.name))
    return request.refuse(http_status::forbidden, "not_permitted",
                          "this API key is not for this topic");
  const auto user = request.query.param("user");
  const auto socket = request.query.param("socket");
  const auto member = request.query.param("member");
  channel::Whom whom;
  bool is_meant = user.has_value() + socket.has_value() + member.has_value() == 1;
  if (user) whom.user = *user;
  if (socket) {
    const auto id = api_socket_id(*socket);
    is_meant = is_meant && id;
    whom.socket = id.value_or(SocketId{});
  }
  if (member) {
    whom.member = channel::named_member(request.thread.shard().hub().history().seed(), *member);
    is_meant = is_meant && whom.member;
  }
  if (!is_meant || (user && user->empty()))
    return request.refuse(http_status::bad_request, "invalid_query",
                          "expected one of user, socket and member, as the list of members has "
                          "them");
  do_everywhere(std::move(request), "kicked", [topic = request.name, whom](channel::Shard& shard) {
    return channel::kick(shard, topic, whom);
  });
}

void api_disconnect_user(ApiRequest&& request) {
  if (!is_for_all(request)) return;
  do_everywhere(std::move(request), "disconnected", [user = request.name](channel::Shard& shard) {
    return channel::disconnect_user(shard, user);
  });
}

void api_disconnect_socket(ApiRequest&& request) {
  if (!is_for_all(request)) return;
  const auto id = api_socket_id(request.name);
  if (!id)
    return request.refuse(http_status::bad_request, "invalid_path",
                          "expected a socket as the list of members has it");
  do_everywhere(std::move(request), "disconnected", [id = *id](channel::Shard& shard) {
    const bool is_here = shard.find(id) != nullptr;
    if (is_here) shard.disconnect(id);
    return std::size_t{is_here};
  });
}

}  // namespace roost::net
