// What a server says to `roost listen` and `roost publish`: each line is a text
// message. No server makes the client crash, or its output move a cursor.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "base/utf8.hpp"
#include "client/event_text.hpp"
#include "client/phoenix_client.hpp"
#include "client/place.hpp"

namespace {

using namespace roost::client;

void look(const Action& action, Place& place) {
  if (const auto* const joined = std::get_if<Joined>(&action)) place.joined(joined->response);
  const auto* const arrived = std::get_if<Arrived>(&action);
  if (arrived == nullptr) return;
  place.saw(arrived->payload);
  if (to_text(arrived->payload, "", Colours::none).find('\033') != std::string::npos) std::abort();
  if (to_line(arrived->payload).find('\n') != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Place place({});
  PhoenixClient client({"events:a", [&place] { return place.join_payload(); }});
  Instant now{std::chrono::hours(1)};
  client.start();
  client.push("{}", now);
  client.opened(now);
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // The connection lets nothing else through.
    if (roost::is_utf8(line)) client.received(line, now);
    for (const Action& action : client.take_actions()) {
      look(action, place);
      if (std::holds_alternative<Connect>(action)) client.opened(now);
    }
    if (const auto due = client.deadline(); due && client.unanswered() == 0) now = *due;
    client.tick(now);
  }
  return 0;
}
