#include "channel/server_events.hpp"

#include <fmt/format.h>

#include "base/json_scan.hpp"
#include "channel/history_question.hpp"
#include "channel/shard.hpp"

namespace roost::channel {

namespace {
/// RFC 3986 3.3, without the sub-delims.
bool stays_in_a_segment(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("-._~:@").find(c) != std::string_view::npos;
}

std::string server_event(const Member& member, std::uint32_t number, std::string_view type,
                         std::string_view subject, std::string_view data_json) {
  const std::string name = member_name(member.shard().hub().history().seed(), member.id());
  return fmt::format(
      R"({{"specversion":"1.0","id":"{}-{}","source":"{}","type":"{}",{}"data":{}}})", name, number,
      topic_path(member.topic_name()), type,
      subject.empty() ? "" : fmt::format(R"("subject":{},)", json::quoted(subject)), data_json);
}
}  // namespace

std::string topic_path(std::string_view topic) {
  std::string path = "/api/topics/";
  for (const char c : topic) {
    if (stays_in_a_segment(c))
      path += c;
    else
      path += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return path;
}

std::string rejection_event(const Member& member, std::uint32_t number, std::string_view id,
                            std::string_view error_json) {
  return server_event(member, number, "roost.event.rejected", id, error_json);
}

std::string recovery_event(const Member& member, std::string_view response_json) {
  return server_event(member, 0, "roost.stream.recovery", {}, response_json);
}

}  // namespace roost::channel
