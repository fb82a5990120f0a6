#include "net/api_routes.hpp"

#include <fmt/format.h>
#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "base/json_scan.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"
#include "embedded/openapi.hpp"
#include "net/admission.hpp"
#include "net/api_publish.hpp"
#include "net/api_read.hpp"
#include "net/api_steer.hpp"
#include "net/cors.hpp"
#include "net/http_status.hpp"
#include "net/io_thread.hpp"

namespace roost::net {

namespace {

constexpr std::string_view api_json_type = "application/json; charset=utf-8";

enum class Body : std::uint8_t { none, events };

/// `{}` in a path stands for one segment. Without `handle` it is this API's description,
/// which anybody may read.
struct ApiRoute {
  std::string_view method;
  std::string_view path;
  ApiRight right;
  Body body;
  void (*handle)(ApiRequest&& request);
};

constexpr auto routes = std::to_array<ApiRoute>({
    {"GET", "/api/openapi.json", ApiRight::read, Body::none, nullptr},
    {"GET", "/api/topics", ApiRight::read, Body::none, api_topics},
    {"GET", "/api/channels", ApiRight::read, Body::none, api_channels},
    {"GET", "/channels", ApiRight::read, Body::none, api_channels},
    {"GET", "/api/topics/{}", ApiRight::read, Body::none, api_topic},
    {"GET", "/api/topics/{}/members", ApiRight::read, Body::none, api_members},
    {"GET", "/api/stats", ApiRight::read, Body::none, api_stats},
    {"POST", "/api/publish", ApiRight::publish, Body::events, api_publish},
    {"DELETE", "/api/topics/{}/members", ApiRight::steer, Body::none, api_kick},
    {"DELETE", "/api/users/{}/sockets", ApiRight::steer, Body::none, api_disconnect_user},
    {"DELETE", "/api/sockets/{}", ApiRight::steer, Body::none, api_disconnect_socket},
});

/// The segment that stands for `{}`; "" where there is none, nothing where the path
/// is another one.
std::optional<std::string_view> match(std::string_view pattern, std::string_view path) {
  const std::size_t hole = pattern.find("{}");
  if (hole == pattern.npos)
    return pattern == path ? std::optional(std::string_view()) : std::nullopt;
  const std::string_view behind = pattern.substr(hole + 2);
  if (path.size() <= hole + behind.size() || !path.starts_with(pattern.substr(0, hole)) ||
      !path.ends_with(behind))
    return std::nullopt;
  const std::string_view segment = path.substr(hole, path.size() - hole - behind.size());
  if (segment.find('/') != segment.npos) return std::nullopt;
  return segment;
}

struct Found {
  const ApiRoute* route = nullptr;  // null: another method
  std::string_view segment;
  std::string methods;  // that the path has
};

/// Nothing where there is no such path.
std::optional<Found> find_route(std::string_view method, std::string_view path) {
  std::optional<Found> found;
  for (const ApiRoute& route : routes) {
    const auto segment = match(route.path, path);
    if (!segment) continue;
    if (!found) found.emplace();
    found->methods += (found->methods.empty() ? "" : ", ") + std::string(route.method);
    if (route.method != (method == "HEAD" ? "GET" : method)) continue;
    found->route = &route;
    found->segment = *segment;
  }
  if (found) found->methods += ", OPTIONS";
  return found;
}

HttpAnswer off() {
  return api_refusal(http_status::forbidden, "api_disabled",
                     "the server API is off: name a key in [[api.key]] of the configuration, or "
                     "say allow_loopback = true under [api]");
}

HttpAnswer unauthorized(const HttpRequest& head) {
  const bool has_key = head.header("authorization").has_value();
  HttpAnswer answer =
      has_key ? api_refusal(http_status::unauthorized, "api_key_invalid",
                            "the Authorization header brings none of the server's API keys")
              : api_refusal(http_status::unauthorized, "api_key_missing",
                            "expected the header Authorization: Bearer <API key>");
  answer.headers.emplace_back("www-authenticate", "Bearer");  // RFC 6750 section 3
  return answer;
}

/// Who asks, and the answer where nobody may.
std::variant<HttpAnswer, std::shared_ptr<const ApiCaller>> caller_of(IoThread& thread,
                                                                     const HttpRequest& head,
                                                                     const ApiRoute& route) {
  const auto& settings = thread.settings();
  if (settings.api_keys == nullptr) return off();
  auto caller = settings.api_keys->caller_of(head, settings.proxies);
  if (caller == nullptr) return unauthorized(head);
  if (!caller->may(route.right))
    return api_refusal(http_status::forbidden, "not_permitted", "this API key has no such right");
  return caller;
}

HttpAnswer logged(IoThread& thread, const HttpRequest& head, HttpAnswer answer,
                  std::string_view why) {
  thread.shard().log().info("api request refused",
                            {{"peer", head.peer}, {"status", answer.status}, {"why", why}});
  return PageReader(head)(std::move(answer));
}

}  // namespace

HttpAnswer api_refusal(unsigned status, std::string_view reason, std::string_view message) {
  return HttpAnswer::of(
      status, api_json_type,
      fmt::format(R"({{"reason":"{}","message":{}}})", reason, json::quoted(message)));
}

HttpAnswer refuse_origin(IoThread& thread, const HttpRequest& head, std::string_view why) {
  return logged(
      thread, head,
      api_refusal(http_status::forbidden, "origin_not_allowed", "pages of this origin may not ask"),
      why);
}

HttpAnswer refuse_method(const HttpRequest& head, std::string_view methods) {
  HttpAnswer answer = api_refusal(http_status::method_not_allowed, "method_not_allowed",
                                  fmt::format("expected {}", methods));
  answer.headers.emplace_back("allow", methods);
  return PageReader(head)(std::move(answer));
}

void ApiRequest::answer(HttpAnswer answer) const {
  thread.answer(ticket, reader(std::move(answer)));
}

void ApiRequest::answer_json(std::string text, unsigned status) const {
  answer(HttpAnswer::of(status, api_json_type, std::move(text)));
}

void ApiRequest::refuse(unsigned status, std::string_view reason, std::string_view message) const {
  answer(api_refusal(status, reason, message));
}

bool is_api_path(std::string_view path) {
  return path == "/api" || path.starts_with("/api/") || path == "/channels";
}

std::variant<HttpAnswer, ReadBody> begin_api(IoThread& thread, const HttpRequest& head) {
  const auto refused =
      thread.settings().origins.refusal(head.header("origin"), head.header("host").value_or(""));
  if (refused) return refuse_origin(thread, head, *refused);
  const auto found = find_route(head.method, head.path);
  if (!found)
    return PageReader(head)(api_refusal(http_status::not_found, "not_found",
                                        "there is no such path: GET /api/openapi.json has all"));
  if (head.method == "OPTIONS") {
    HttpAnswer answer = cors_preflight(head, found->methods);
    answer.headers.emplace_back("allow", found->methods);
    return answer;
  }
  if (found->route == nullptr) return refuse_method(head, found->methods);
  if (found->route->handle == nullptr)
    return PageReader(head)(
        HttpAnswer::of(http_status::ok, api_json_type, std::string(embedded::openapi)));
  auto caller = caller_of(thread, head, *found->route);
  if (auto* answer = std::get_if<HttpAnswer>(&caller))
    return logged(thread, head, std::move(*answer), "no API key that may");
  if (auto limited = admit_request(thread, *std::get<std::shared_ptr<const ApiCaller>>(caller)))
    return PageReader(head)(*std::move(limited));
  return ReadBody{found->route->body == Body::events ? api_publish_bytes_max(thread)
                                                     : limits::http_small_body_bytes_max};
}

void handle_api(IoThread& thread, HttpRequest&& request, HttpTicket ticket) {
  const auto found = find_route(request.method, request.path);
  const auto no = [&](HttpAnswer answer) {
    thread.answer(ticket, PageReader(request)(std::move(answer)));
  };
  // Between the head and the body the keys may have been replaced.
  auto caller = caller_of(thread, request, *found->route);
  if (auto* answer = std::get_if<HttpAnswer>(&caller)) return no(std::move(*answer));
  auto name = percent_decoded(found->segment, StrayPercent::refused);
  auto query = QueryParams::parse(request.query);
  if (!name || !is_utf8(*name))
    return no(api_refusal(http_status::bad_request, "invalid_path",
                          "a path's segment is percent-encoded UTF-8"));
  if (!query)
    return no(api_refusal(http_status::bad_request, "invalid_query", query.error().message));
  found->route->handle(
      {thread, ticket, std::get<std::shared_ptr<const ApiCaller>>(std::move(caller)),
       *std::move(name), *std::move(query), std::move(request.body),
       std::string(request.header("content-type").value_or("")), PageReader(request)});
}

}  // namespace roost::net
