#include "client/place.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"
#include "client/json_text.hpp"

namespace roost::client {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 19 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string position(std::string_view epoch, std::string_view offset) {
  return fmt::format(R"({{"epoch":{},"offset":{}}})", json::quoted(epoch), offset);
}

}  // namespace

Result<std::string> read_recover(std::string_view text) {
  constexpr std::string_view last = "last-";
  if (text.starts_with(last) && is_number(text.substr(last.size())))
    return {boost::system::in_place_value, json::quoted(text)};
  const std::size_t colon = text.rfind(':');
  if (colon != text.npos && colon > 0 && is_number(text.substr(colon + 1)) && is_utf8(text))
    return {boost::system::in_place_value, position(text.substr(0, colon), text.substr(colon + 1))};
  return Error{
      fmt::format("--recover: \"{}\" is neither last-N, such as last-50, nor EPOCH:OFFSET", text)};
}

Place::Place(Options options) : options_(std::move(options)), since_(options_.recover) {}

std::string Place::join_payload() const {
  std::string payload = "{";
  const auto add = [&](std::string_view name, std::string_view value) {
    payload += fmt::format("{}\"{}\":{}", payload.size() == 1 ? "" : ",", name, value);
  };
  if (!options_.types.empty()) {
    std::string list;
    for (const std::string& type : options_.types)
      list.append(list.empty() ? "" : ",").append(json::quoted(type));
    add("event_types", "[" + list + "]");
  }
  if (options_.offsets == Offsets::shown) add("offsets", "true");
  if (!since_.empty()) add("recover", since_);
  return payload + "}";
}

Place::Report Place::joined(std::string_view response) {
  Report report;
  const bool asked = !since_.empty();
  const bool recovered = raw_member(response, "recovered") == "true";
  const auto epoch = text_member(response, "epoch");
  const auto offset = raw_member(response, "offset");
  keeps_history_ = epoch && offset && is_number(*offset);
  report.keeps_history = keeps_history_;
  if (recovered) report.events_missed = raw_member(response, "events").value_or("0");
  if (asked && !recovered)
    report.reason_of_gap = text_member(response, "reason").value_or("no_history");
  if (!keeps_history_) {
    since_.clear();
    return report;
  }
  report.epoch = *epoch;
  report.offset = *offset;
  // Where events of the past follow, the place is behind them once they are here.
  if (!recovered || report.events_missed == "0") since_ = position(*epoch, *offset);
  return report;
}

void Place::saw(std::string_view event_json) {
  if (!keeps_history_) return;
  // Named by its identity, not its offset: so events can stay as their senders
  // wrote them, without the attribute that the server would add.
  const auto source = text_member(event_json, "source");
  const auto id = text_member(event_json, "id");
  if (!source || !id) return;
  since_ = fmt::format(R"({{"source":{},"id":{}}})", json::quoted(*source), json::quoted(*id));
}

}  // namespace roost::client
