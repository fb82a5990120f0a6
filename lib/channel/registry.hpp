// Registry: which topics have a channel, and who makes it. Filled before the
// start, immutable and shared by all shards after it.
#pragma once

#include <roost/channel.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Registry final : public protocol::TopicMatcher {
 public:
  void add(std::string_view pattern, ChannelFactory factory) {
    entries_.push_back({Glob(pattern), std::move(factory)});
  }

  bool matches(std::string_view topic) const override { return find(topic) != nullptr; }
  /// The first entry that matches decides; null: none does.
  const ChannelFactory* find(std::string_view topic) const {
    for (const Entry& entry : entries_)
      if (entry.pattern.matches(topic)) return &entry.factory;
    return nullptr;
  }

 private:
  struct Entry {
    Glob pattern;
    ChannelFactory factory;
  };
  std::vector<Entry> entries_;
};

}  // namespace roost::channel
