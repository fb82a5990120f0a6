// Assembly: the one place that names concrete classes and puts them together.
// It holds no logic.
#pragma once

#include <roost/config.hpp>

#include <memory>
#include <string>
#include <vector>

#include "auth/chain.hpp"
#include "base/result.hpp"
#include "channel/shard.hpp"
#include "net/api_keys.hpp"
#include "net/io_thread.hpp"

namespace roost::server {

/// What the program that embeds the server has added to it.
struct Additions {
  std::vector<auth::ChainEntry> connect_entries;
  std::vector<auth::ChainEntry> join_entries;
  std::vector<auth::ChainEntry> publish_entries;
};

/// Who decides what; null: everything is allowed.
struct Chains {
  std::shared_ptr<const auth::Chain> connect;
  std::shared_ptr<const auth::Chain> join;
  std::shared_ptr<const auth::Chain> publish;
};

/// Makes the hooks too: what they say about their keys and files is an error.
Result<Chains, ConfigErrors> make_chains(const Config& config, const Additions& additions,
                                         const auth::HookServices& services);

/// The files that their hooks were made from.
std::vector<std::string> files_of(const Chains& chains);

/// Null where the configuration names no certificate.
using Tls = std::shared_ptr<const net::TlsContext>;
Result<Tls, ConfigErrors> make_tls(const Config& config);

/// Null where the server API is off. Reads the files that hold keys.
using SharedApiKeys = std::shared_ptr<const net::ApiKeys>;
Result<SharedApiKeys, ConfigErrors> make_api_keys(const Config& config);

/// As many as there are cores where the configuration leaves it open.
unsigned thread_count(const Config& config);

/// Without what stands outside of the threads.
net::MetricsSettings metrics_settings(const Config& config);
channel::ShardSettings shard_settings(const Config& config, const Chains& chains);
net::NetSettings net_settings(const Config& config, const Chains& chains, Tls tls,
                              SharedApiKeys api_keys);

}  // namespace roost::server
