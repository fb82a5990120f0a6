// Registry: which topics have a channel, and who makes it. Filled before the
// start, immutable and shared by all shards after it.
#pragma once

#include <roost/channel.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/glob.hpp"
#include "protocol/session.hpp"

namespace roost::channel {

class Registry final : public protocol::TopicMatcher {
 public:
  /// Whether its channels take CloudEvents from others than members, too.
  enum class Takes : std::uint8_t { messages, events };

  void add(std::string_view pattern, ChannelFactory factory, Takes takes = Takes::messages) {
    entries_.push_back({Glob(pattern), std::move(factory), takes});
  }

  bool matches(std::string_view topic) const override { return find(topic) != nullptr; }
  /// The first entry that matches decides; null: none does.
  const ChannelFactory* find(std::string_view topic) const {
    const Entry* const entry = entry_of(topic);
    return entry == nullptr ? nullptr : &entry->factory;
  }
  bool takes_events(std::string_view topic) const {
    const Entry* const entry = entry_of(topic);
    return entry != nullptr && entry->takes == Takes::events;
  }

 private:
  struct Entry {
    Glob pattern;
    ChannelFactory factory;
    Takes takes;
  };
  const Entry* entry_of(std::string_view topic) const {
    for (const Entry& entry : entries_)
      if (entry.pattern.matches(topic)) return &entry;
    return nullptr;
  }
  std::vector<Entry> entries_;
};

}  // namespace roost::channel
