// The CloudEvents that the server itself sends to a client of the CloudEvents
// WebSocket binding, where a Phoenix client would be told by a reply or a push.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace roost::channel {

class Member;

/// `roost.event.rejected`: the member's event `id` ("": it had no valid one) was
/// rejected, and this is what others are told as an error. `number` tells the
/// rejections of one member apart.
std::string rejection_event(const Member& member, std::uint32_t number, std::string_view id,
                            std::string_view error_json);

/// `roost.stream.recovery`: what came of a member's wish to be brought up to date.
std::string recovery_event(const Member& member, std::string_view response_json);

/// The path that names a topic: a URI-reference, whatever its name holds.
std::string topic_path(std::string_view topic);

}  // namespace roost::channel
