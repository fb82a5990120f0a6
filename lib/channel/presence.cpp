#include "channel/presence.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <utility>

#include "base/json_scan.hpp"
#include "base/utf8.hpp"

namespace roost::channel {

namespace {
constexpr std::string_view ref_name = "phx_ref";
constexpr std::string_view previous_name = "phx_ref_prev";
// What an object of metas costs beside the key and the meta: `:{"metas":[]},`
constexpr std::size_t around_bytes = 14;

/// Writes `{"<key>":{"metas":[...]},...}`; the same keys come one after another.
class PresencesWriter {
 public:
  explicit PresencesWriter(std::string& out) : out_(out) { out_ += '{'; }
  void add(const std::string& key, const std::string& meta) {
    if (key_ != nullptr && *key_ == key) {
      out_ += ',';
    } else {
      if (key_ != nullptr) out_ += "]},";
      out_.append(key).append(R"(:{"metas":[)");
      key_ = &key;
    }
    out_ += meta;
  }
  void finish() { out_ += key_ != nullptr ? "]}}" : "}"; }

 private:
  std::string& out_;
  const std::string* key_ = nullptr;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) + 1 - first);
}
}  // namespace

std::string PresenceRefs::text(Number number) const {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 6) text += alphabet[number >> shift & 63];
  for (int shift = 12; shift >= 0; shift -= 6) text += alphabet[shard_ >> shift & 63];
  return text;
}

std::optional<std::string_view> presence_fields(std::string_view meta, std::string_view reserved) {
  if (meta.size() > limits::presence_meta_bytes_max || !is_utf8(meta)) return std::nullopt;
  json::Scanner scanner(meta, limits::json_levels_max);
  json::Value name, value;
  std::string text;
  if (!scanner.enter_object()) return std::nullopt;
  while (scanner.next_member(name) && scanner.value(value)) {
    text.clear();
    json::unescape(name.raw, text);
    if (text == ref_name || text == previous_name || (!reserved.empty() && text == reserved))
      return std::nullopt;
  }
  if (!scanner.finish()) return std::nullopt;
  const std::string_view object = trimmed(meta);
  return trimmed(object.substr(1, object.size() - 2));
}

bool is_presence_key(std::string_view key) {
  return key.size() <= limits::presence_key_bytes_max && is_utf8(key);
}

std::size_t TopicPresence::bytes_of(const std::string& key, const std::string& json) {
  return key.size() + json.size() + around_bytes;
}

TopicPresence::OfMember::iterator TopicPresence::find(MemberId member, std::string_view key) {
  const std::string quoted = json::quoted(key);
  const auto [first, last] = of_member_.equal_range(member);
  const auto found =
      std::find_if(first, last, [&](const auto& one) { return one.second->first.key == quoted; });
  return found == last ? of_member_.end() : found;
}

std::string TopicPresence::json_of(std::string_view fields, PresenceRefs::Number ref,
                                   PresenceRefs::Number previous) const {
  std::string json = "{";
  json.append(fields).append(fields.empty() ? "" : ",");
  json.append("\"").append(ref_name).append("\":\"").append(refs_.text(ref)).append("\"");
  if (previous != 0)
    json.append(",\"")
        .append(previous_name)
        .append("\":\"")
        .append(refs_.text(previous))
        .append("\"");
  return json += "}";
}

void TopicPresence::join(At at) {
  joined_.insert(at);
  diff_bytes_ += bytes_of(at->first.key, at->second.json);
}

PresenceResult TopicPresence::track(MemberId member, std::string_view key,
                                    std::string_view fields) {
  if (find(member, key) != of_member_.end()) return PresenceResult::already_tracked;
  Place place{json::quoted(key), ++last_number_};
  Meta meta{member, {}, refs_.next()};
  meta.json = json_of(fields, meta.ref, meta.previous);
  const std::size_t bytes = bytes_of(place.key, meta.json);
  if (size() >= limits_.members_max || state_bytes_ + bytes > limits_.state_bytes_max)
    return PresenceResult::full;
  state_bytes_ += bytes;
  const At at = metas_.emplace(std::move(place), std::move(meta)).first;
  of_member_.emplace(member, at);
  join(at);
  return PresenceResult::ok;
}

PresenceResult TopicPresence::update(MemberId member, std::string_view key,
                                     std::string_view fields) {
  const auto found = find(member, key);
  if (found == of_member_.end()) return PresenceResult::not_tracked;
  const At at = found->second;
  Meta& meta = at->second;
  const PresenceRefs::Number ref = refs_.next();
  // What nobody was told of has no successor: what it has replaced has, if anything.
  const PresenceRefs::Number previous = meta.is_told ? meta.ref : meta.previous;
  std::string json = json_of(fields, ref, previous);
  const std::size_t bytes = state_bytes_ - meta.json.size() + json.size();
  if (json.size() > meta.json.size() && bytes > limits_.state_bytes_max)
    return PresenceResult::full;
  forget(at);
  meta = {meta.member, std::move(json), ref, previous};
  state_bytes_ = bytes;
  join(at);
  return PresenceResult::ok;
}

/// What was told of it is to be taken back.
void TopicPresence::forget(At at) {
  const std::size_t bytes = bytes_of(at->first.key, at->second.json);
  if (!at->second.is_told) {
    joined_.erase(at);
    diff_bytes_ -= bytes;
    return;
  }
  left_.emplace(at->first.key, at->second.json);
  diff_bytes_ += bytes;
}

void TopicPresence::remove(At at) {
  forget(at);
  state_bytes_ -= bytes_of(at->first.key, at->second.json);
  metas_.erase(at);
}

void TopicPresence::untrack(MemberId member, std::string_view key) {
  const auto found = find(member, key);
  if (found == of_member_.end()) return;
  remove(found->second);
  of_member_.erase(found);
}

void TopicPresence::untrack(MemberId member) {
  const auto [first, last] = of_member_.equal_range(member);
  for (auto one = first; one != last; ++one) remove(one->second);
  of_member_.erase(first, last);
}

std::vector<TrackedMember> TopicPresence::tracked(SocketId after, std::size_t limit) const {
  std::vector<At> found;
  for (const auto& [member, at] : of_member_)
    if (member.socket.value > after.value) found.push_back(at);
  const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(found.size(), limit));
  std::partial_sort(found.begin(), end, found.end(), [](At one, At other) {
    return one->second.member.socket.value < other->second.member.socket.value;
  });
  std::vector<TrackedMember> result;
  for (auto at = found.begin(); at != end; ++at) {
    result.push_back({(*at)->second.member, {}});
    json::unescape((*at)->first.key, result.back().key);
  }
  return result;
}

std::string TopicPresence::state() const {
  std::string out;
  out.reserve(state_bytes_);
  PresencesWriter writer(out);
  for (const auto& [place, meta] : metas_) writer.add(place.key, meta.json);
  writer.finish();
  return out;
}

std::string TopicPresence::take_diff() {
  std::string out = R"({"joins":)";
  out.reserve(diff_bytes_ + 32);
  PresencesWriter joins(out);
  for (const auto at : joined_) {
    joins.add(at->first.key, at->second.json);
    at->second.is_told = true;
  }
  joins.finish();
  out += R"(,"leaves":)";
  PresencesWriter leaves(out);
  for (const auto& [key, json] : left_) leaves.add(key, json);
  leaves.finish();
  out += '}';
  joined_.clear();
  left_.clear();
  diff_bytes_ = 0;
  return out;
}

}  // namespace roost::channel
