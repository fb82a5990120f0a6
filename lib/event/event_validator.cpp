#include "event/event_validator.hpp"

#include <roost/limits.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/json_scan.hpp"
#include "event/attribute_rules.hpp"
#include "event/base64.hpp"
#include "event/media_type.hpp"
#include "event/rfc3339.hpp"
#include "event/uri.hpp"

namespace roost {
namespace {

/// The members that CloudEvents knows. The first four are the required ones.
enum Slot : std::uint8_t {
  specversion,
  id,
  source,
  type,
  time,
  dataschema,
  datacontenttype,
  subject,
  data,
  data_base64,
};
constexpr std::array<std::string_view, 10> slot_names = {
    "specversion",     "id",      "source", "type",       "time", "dataschema",
    "datacontenttype", "subject", "data",   "data_base64"};

constexpr bool required_come_first() {
  return std::equal(required_attributes.begin(), required_attributes.end(), slot_names.begin());
}
static_assert(required_come_first());

bool is_filled_string(std::string_view text) {
  return !text.empty() && is_attribute_string(text);
}

/// Steps 3 to 5: what the text of an attribute must be.
struct Rule {
  Slot slot;
  Rejection rejection;
  bool (*holds)(std::string_view text);
};
constexpr std::array<Rule, 8> rules = {{
    {specversion, Rejection::invalid_specversion,
     [](std::string_view text) { return text == "1.0"; }},
    {id, Rejection::invalid_id, is_filled_string},
    {source, Rejection::invalid_source,
     [](std::string_view text) { return !text.empty() && is_uri_reference(text); }},
    {type, Rejection::invalid_type, is_filled_string},
    {time, Rejection::invalid_time, is_date_time},
    {dataschema, Rejection::invalid_dataschema, is_uri},
    {datacontenttype, Rejection::invalid_datacontenttype, is_media_type},
    {subject, Rejection::invalid_subject, is_filled_string},
}};

}  // namespace

class EventValidator::Pass {
 public:
  Pass(EventValidator& owner, std::string_view payload, Schema::Budget& budget)
      : owner_(owner), payload_(payload), budget_(budget) {
    owner_.extension_names_.clear();
    owner_.unescaped_.clear();
  }

  Result<CloudEvent, Refusal> run() {
    if (!read()) return refuse(Rejection::invalid_cloudevent_format, std::nullopt);
    if (auto repeated = repeated_name()) {
      return refuse(Rejection::invalid_cloudevent_format, repeated);
    }
    if (!(is_set(specversion) && is_set(id) && is_set(source) && is_set(type))) {
      return missing_fields();
    }
    for (const Rule& rule : rules) {
      if (is_set(rule.slot) && !holds(rule)) return refuse(rule.rejection, fault_of(rule.slot));
    }
    if (bad_name_) return refuse(Rejection::invalid_attribute_name, bad_name_);
    if (bad_extension_) return refuse(Rejection::invalid_attribute, bad_extension_);
    if (attributes_ > limits::attributes_max) {
      return refuse(Rejection::invalid_attribute, std::nullopt);
    }
    if (is_set(data_base64)) {
      const Member& content = *known_[data_base64];
      // Two attributes are at fault, so neither is named.
      if (known_[data]) return refuse(Rejection::invalid_data, std::nullopt);
      if (!content.value.is_string() || !is_base64(content.text)) {
        return refuse(Rejection::invalid_data, fault_of(data_base64));
      }
    }
    const CloudEvent event = accepted();
    if (const DataSchema* const schema = owner_.data_schemas_.find(event.type)) {
      if (auto errors = check_data(*schema, event, budget_); !errors.empty()) {
        Refusal refusal = refuse(Rejection::data_schema_violation, std::nullopt);
        refusal.data_errors = std::move(errors);
        return refusal;
      }
    }
    return event;
  }

 private:
  struct Member {
    json::Value value;
    std::string_view text;  // of a string, decoded
  };

  struct Fault {
    std::string_view attribute;
    std::size_t offset;
  };

  bool read() {
    json::Scanner scanner(payload_, limits::json_levels_max);
    if (!scanner.enter_object()) return false;
    json::Value name;
    json::Value value;
    while (scanner.next_member(name)) {
      if (!scanner.value(value)) return false;
      ++members_;
      add(name, value);
    }
    return scanner.finish();
  }

  void add(const json::Value& name, const json::Value& value) {
    const std::string_view text = decoded(name);
    const auto slot = std::find(slot_names.begin(), slot_names.end(), text);
    if (slot == slot_names.end()) {
      add_extension({text, offset_of(name)}, value);
      return;
    }
    const auto index = static_cast<std::size_t>(slot - slot_names.begin());
    if (known_[index]) {
      if (!repeated_) repeated_ = Fault{*slot, offset_of(name)};
      repeated_id_ = repeated_id_ || index == id;
      return;
    }
    // The text of `data` is never looked at: it may be large.
    const bool has_text = value.is_string() && index != data;
    known_[index] = Member{value, has_text ? decoded(value) : std::string_view()};
    if (value.kind != json::Kind::null && index < data) ++attributes_;
  }

  void add_extension(const Name& name, const json::Value& value) {
    owner_.extension_names_.push_back(name);
    if (!bad_name_ && !is_attribute_name(name.text)) bad_name_ = Fault{name.text, name.offset};
    if (value.kind == json::Kind::null) return;
    ++attributes_;
    if (!bad_extension_ && !is_extension_value(name.text, value)) {
      bad_extension_ = Fault{name.text, offset_of(value)};
    }
  }

  bool is_extension_value(std::string_view name, const json::Value& value) {
    switch (value.kind) {
      case json::Kind::boolean:
        return true;
      case json::Kind::number:
        return is_attribute_integer(value.raw);
      case json::Kind::string: {
        const std::string_view text = decoded(value);
        if (name == "expirytime") expirytime_ = text;
        return is_attribute_string(text);
      }
      default:
        return false;
    }
  }

  /// The characters of a string token.
  std::string_view decoded(const json::Value& string) {
    if (!string.escaped) return string.inner();
    // Decoding never lengthens, so with this much room no earlier view moves.
    std::string& all = owner_.unescaped_;
    if (all.empty()) all.reserve(payload_.size());
    const std::size_t start = all.size();
    json::unescape(string.raw, all);
    return std::string_view(all).substr(start);
  }

  /// Sorted rather than hashed: no choice of names makes it slow.
  std::optional<Fault> repeated_name() {
    if (repeated_) return repeated_;
    auto& names = owner_.extension_names_;
    std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
      const int order = a.text.compare(b.text);
      return order != 0 ? order < 0 : a.offset < b.offset;
    });
    const auto pair = std::adjacent_find(
        names.begin(), names.end(), [](const Name& a, const Name& b) { return a.text == b.text; });
    if (pair == names.end()) return std::nullopt;
    return Fault{pair[1].text, pair[1].offset};
  }

  Refusal missing_fields() const {
    Refusal refusal = refuse(Rejection::missing_required_fields, std::nullopt);
    for (std::size_t i = 0; i < required_attributes.size(); ++i) {
      refusal.missing[i] = !is_set(static_cast<Slot>(i));
    }
    const auto first = std::find(refusal.missing.begin(), refusal.missing.end(), true);
    if (std::count(first, refusal.missing.end(), true) == 1) {
      refusal.attribute = required_attributes[first - refusal.missing.begin()];
    }
    return refusal;
  }

  /// There and not null. A null `data` is a payload all the same, but not set.
  bool is_set(Slot slot) const {
    return known_[slot] && known_[slot]->value.kind != json::Kind::null;
  }

  bool holds(const Rule& rule) const {
    const Member& member = *known_[rule.slot];
    return member.value.is_string() && rule.holds(member.text);
  }

  Fault fault_of(Slot slot) const { return {slot_names[slot], offset_of(known_[slot]->value)}; }

  std::size_t offset_of(const json::Value& value) const {
    return static_cast<std::size_t>(value.raw.data() - payload_.data());
  }

  Refusal refuse(Rejection rejection, const std::optional<Fault>& fault) const {
    Refusal refusal;
    refusal.rejection = rejection;
    refusal.members = members_;
    if (fault) {
      refusal.attribute = fault->attribute;
      refusal.offset = fault->offset;
    }
    if (!repeated_id_ && is_set(id) && known_[id]->value.is_string() &&
        is_filled_string(known_[id]->text)) {
      refusal.id = known_[id]->text;
    }
    return refusal;
  }

  CloudEvent accepted() const {
    CloudEvent event;
    event.id = known_[id]->text;
    event.source = known_[source]->text;
    event.type = known_[type]->text;
    if (is_set(subject)) event.subject = known_[subject]->text;
    if (is_set(time)) event.time = known_[time]->text;
    event.expirytime = expirytime_;
    if (known_[data]) {
      event.data = {EventData::Kind::json, known_[data]->value.raw};
    } else if (is_set(data_base64)) {
      event.data = {EventData::Kind::base64, known_[data_base64]->text};
    }
    return event;
  }

  EventValidator& owner_;
  std::string_view payload_;
  Schema::Budget& budget_;
  std::array<std::optional<Member>, slot_names.size()> known_;
  std::size_t members_ = 0;
  std::size_t attributes_ = 0;  // without data, data_base64 and nulls
  std::optional<Fault> repeated_;
  bool repeated_id_ = false;
  std::optional<Fault> bad_name_;
  std::optional<Fault> bad_extension_;
  std::optional<std::string_view> expirytime_;
};

void EventValidator::shrink() {
  if (unescaped_.capacity() > kept_bytes_max) std::string().swap(unescaped_);
  if (extension_names_.capacity() * sizeof(Name) > kept_bytes_max)
    std::vector<Name>().swap(extension_names_);
}

Result<CloudEvent, Refusal> EventValidator::validate(std::string_view payload,
                                                     Schema::Budget& budget) {
  shrink();
  return Pass(*this, payload, budget).run();
}

}  // namespace roost
