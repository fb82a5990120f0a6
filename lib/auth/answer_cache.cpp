#include "auth/answer_cache.hpp"

#include <utility>

namespace roost::auth {

namespace {
// Of a list's node and a table's; allocators add to it, and it need not be exact.
constexpr std::size_t entry_overhead_bytes = 128;

std::size_t bytes_of_patterns(const std::optional<MemberRights::Patterns>& patterns) {
  std::size_t bytes = 0;
  if (patterns)
    for (const std::string& pattern : *patterns) bytes += sizeof(std::string) + pattern.size();
  return bytes;
}
}  // namespace

std::size_t AnswerCache::bytes_of(std::string_view key, const Decision& decision) {
  std::size_t bytes = sizeof(Entry) + entry_overhead_bytes + key.size();
  for (const std::string* text : {&decision.response, &decision.log_reason, &decision.attributes,
                                  &decision.user, &decision.claims, &decision.socket_id})
    bytes += text->size();
  return bytes + bytes_of_patterns(decision.rights.publish_types) +
         bytes_of_patterns(decision.rights.receive_types);
}

const Decision* AnswerCache::find(std::string_view key, SteadyTime now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  const auto entry = found->second;
  if (entry->until <= now) {
    erase(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->decision;
}

void AnswerCache::put(const std::string& key, Decision decision, SteadyTime until) {
  if (const auto found = index_.find(key); found != index_.end()) erase(found->second);
  const std::size_t bytes = bytes_of(key, decision);
  if (bytes > bytes_max_) return;
  entries_.push_front({key, std::move(decision), until, bytes});
  index_.emplace(entries_.front().key, entries_.begin());
  bytes_ += bytes;
  while (entries_.size() > entries_max_ || bytes_ > bytes_max_) erase(std::prev(entries_.end()));
}

void AnswerCache::erase(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  index_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace roost::auth
