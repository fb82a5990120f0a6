#include "channel/history_question.hpp"

#include <fmt/format.h>

#include <charconv>

#include "channel/splitmix.hpp"

namespace roost::channel {

std::string Accepted::response() const {
  if (epoch.empty()) return "{}";
  return fmt::format(R"({{{}"epoch":"{}","offset":{}}})",
                     is_duplicate ? R"("duplicate":true,)" : "", epoch, offset);
}

std::string Missed::reply_fields(std::string_view member_name, std::size_t following) const {
  const auto reason = [&]() -> std::string_view {
    switch (outcome) {
      case Outcome::no_history:
        return "no_history";
      case Outcome::not_asked:
      case Outcome::recovered:
        return {};
      case Outcome::unknown_epoch:
        return "unknown_epoch";
      case Outcome::unknown_offset:
        return "unknown_offset";
      case Outcome::not_kept:
        return "not_kept";
      case Outcome::too_large:
        return "too_large";
    }
    return {};
  }();
  std::string fields = fmt::format(R"("recovered":{})", outcome == Outcome::recovered);
  if (outcome == Outcome::recovered) fields += fmt::format(R"(,"events":{})", following);
  if (!reason.empty()) fields += fmt::format(R"(,"reason":"{}")", reason);
  if (outcome != Outcome::no_history)
    fields += fmt::format(R"(,"epoch":"{}","offset":{},"member":"{}")", epoch, offset, member_name);
  return fields;
}

std::size_t HistoryQuestion::bytes() const {
  std::size_t total = sizeof *this + topic.size();
  if (const auto* const position = std::get_if<SincePosition>(&since))
    total += position->epoch.size();
  if (const auto* const event = std::get_if<SinceEvent>(&since)) total += event->identity.size();
  return total;
}

namespace {
std::uint64_t run_name(std::uint64_t seed) {
  return splitmix(seed);
}
}  // namespace

std::string member_name(std::uint64_t seed, MemberId member) {
  return fmt::format("{:016x}{:016x}{:08x}", run_name(seed), member.socket.value, member.join);
}

std::optional<MemberId> named_member(std::uint64_t seed, std::string_view name) {
  constexpr std::size_t digits = 40;
  std::uint64_t run = 0;
  MemberId member;
  const auto read = [&](std::size_t from, std::size_t size, auto& value) {
    const char* const end = name.data() + from + size;
    const auto result = std::from_chars(name.data() + from, end, value, 16);
    return result.ec == std::errc{} && result.ptr == end;
  };
  if (name.size() != digits || !read(0, 16, run) || !read(16, 16, member.socket.value) ||
      !read(32, 8, member.join) || run != run_name(seed))
    return std::nullopt;
  return member;
}

std::string place_name(std::string_view epoch, std::uint64_t offset) {
  return fmt::format("{}:{}", epoch, offset);
}

std::string with_offset(std::string_view event_json, std::uint64_t offset) {
  const std::size_t brace = event_json.find('{');
  return fmt::format(R"({}"{}":"{}",{})", event_json.substr(0, brace + 1), offset_attribute, offset,
                     event_json.substr(brace + 1));
}

}  // namespace roost::channel
