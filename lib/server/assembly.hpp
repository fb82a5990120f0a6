// Assembly: the one place that names concrete classes and puts them together.
// It holds no logic.
#pragma once

#include <roost/config.hpp>

#include <memory>
#include <vector>

#include "auth/join_chain.hpp"
#include "channel/shard.hpp"
#include "net/io_thread.hpp"

namespace roost::server {

/// What the program that embeds the server has added to it.
struct Additions {
  std::vector<auth::JoinEntry> join_entries;
  ConnectHook authorize_connect;
};

channel::ShardSettings shard_settings(const Config& config, const Additions& additions, Log& log);
net::NetSettings net_settings(const Config& config, const Additions& additions);

}  // namespace roost::server
