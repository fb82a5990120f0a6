#include "net/connect.hpp"

#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>

namespace roost::net {
namespace {

constexpr unsigned forbidden = 403;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

ConnectDecision ask(const ConnectHook& hook, const ConnectionInfo& info, Log& log) {
  try {
    return hook(info);
  } catch (const std::exception& error) {
    log.error("connect hook threw", {{"error", error.what()}});
  } catch (...) {
    log.error("connect hook threw", {});
  }
  return ConnectDecision::deny();
}

}  // namespace

std::shared_ptr<ConnectionInfo> describe(const HttpRequest& request, const QueryParams& params,
                                         std::optional<std::string> token,
                                         const std::vector<std::string>& kept) {
  auto info = std::make_shared<ConnectionInfo>();
  info->peer = request.peer;
  info->params_json = params.params_json();
  if (token) info->token = *std::move(token);
  for (const HeaderField& field : request.headers) {
    std::string name = lower(field.name);
    if (std::find(kept.begin(), kept.end(), name) == kept.end() || info->header(name)) continue;
    info->headers.emplace_back(std::move(name), std::string(field.value));
  }
  return info;
}

Result<std::shared_ptr<const ConnectionInfo>, Refusal> authorize(
    const ConnectHook& hook, std::shared_ptr<ConnectionInfo> info, Log& log) {
  if (hook) {
    ConnectDecision decision = ask(hook, *info, log);
    if (decision.verdict == ConnectDecision::Verdict::deny)
      return Refusal{forbidden, "authorize_connect said no"};
    info->user = std::move(decision.user);
  }
  return std::shared_ptr<const ConnectionInfo>(std::move(info));
}

}  // namespace roost::net
