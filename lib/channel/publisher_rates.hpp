// PublisherRates: what publishers that are no members have left of the rates that
// their joins' decisions gave them, from one request to the next. Bounded: the one
// that was quiet the longest is forgotten, and begins anew.
//
// Pure. One for each shard.
#pragma once

#include <roost/authorize.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <string>
#include <string_view>

#include "channel/rights.hpp"

namespace roost::channel {

class PublisherRates {
 public:
  /// Of a publisher on a topic; anew where it was given other rights. Lasts until the
  /// next call.
  Rights& of(std::string_view topic, std::string_view publisher, const MemberRights& rights,
             std::chrono::milliseconds burst = std::chrono::seconds(1));
  std::size_t size() const { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    Rights rights;
  };
  std::list<Entry> entries_;  // the one that was quiet the longest first
  std::map<std::string_view, std::list<Entry>::iterator> by_name_;
};

}  // namespace roost::channel
