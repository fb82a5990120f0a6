// The server API's answers to questions: topics, members, counts.
#pragma once

namespace roost::net {

struct ApiRequest;

void api_topics(ApiRequest&& request);
void api_channels(ApiRequest&& request);
void api_topic(ApiRequest&& request);
void api_members(ApiRequest&& request);
void api_stats(ApiRequest&& request);

}  // namespace roost::net
