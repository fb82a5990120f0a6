// POST /api/publish: events to topics, to a user, and not to some.
#pragma once

#include <cstddef>

namespace roost::net {

struct ApiRequest;
class IoThread;

/// How long a body may be, and its events once for each topic.
std::size_t api_publish_bytes_max(const IoThread& thread);

void api_publish(ApiRequest&& request);

}  // namespace roost::net
