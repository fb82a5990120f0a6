#include "event/explain.hpp"

#include <stdexcept>
#include <utility>

#include "base/json_scan.hpp"
#include "base/schema.hpp"
#include "embedded/cloud_event_schema.hpp"

namespace roost {
namespace {

const Schema& schema_of_record() {
  static const Schema schema = [] {
    auto compiled = Schema::compile(embedded::cloud_event_schema);
    if (!compiled) throw std::logic_error(compiled.error().message);
    return std::move(*compiled);
  }();
  return schema;
}

std::string message_of(const Refusal& refusal) {
  std::string message(rejection_message(refusal.rejection));
  std::string_view separator = ": ";
  for (std::size_t i = 0; i < required_attributes.size(); ++i) {
    if (!refusal.missing[i]) continue;
    message.append(separator).append(required_attributes[i]);
    separator = ", ";
  }
  return message;
}

/// Appends what the schema finds beside the first error. What it says of the
/// event as a whole is left out: the Refusal has said that better.
void add_violations(std::string_view payload, std::vector<EventError>& errors) {
  for (auto& violation : schema_of_record().check(payload, explained_errors_max)) {
    if (errors.size() == explained_errors_max) return;
    if (violation.path.empty() || violation.path == errors.front().path ||
        violation.path.size() > explained_path_bytes_max) {
      continue;
    }
    errors.push_back({std::move(violation.path), std::move(violation.message)});
  }
}

}  // namespace

std::string pointer_to(std::string_view name) {
  std::string pointer = "/";
  for (char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

RejectedEvent explain(std::string_view payload, const Refusal& refusal) {
  RejectedEvent rejected;
  rejected.reason = reason_word(refusal.rejection);
  rejected.message = message_of(refusal);
  if (refusal.id) rejected.id.emplace(*refusal.id);

  if (refusal.rejection == Rejection::data_schema_violation) {
    rejected.errors = refusal.data_errors;
    return rejected;
  }
  EventError& first = rejected.errors.emplace_back(EventError{{}, rejected.message});
  if (refusal.attribute && refusal.attribute->size() < explained_path_bytes_max) {
    first.path = pointer_to(*refusal.attribute);
  }
  if (refusal.rejection != Rejection::invalid_cloudevent_format &&
      payload.size() <= explained_bytes_max && refusal.members <= explained_members_max) {
    add_violations(payload, rejected.errors);
  }
  return rejected;
}

RejectedEvent explain_no_json(std::string message) {
  RejectedEvent rejected;
  rejected.reason = reason_word(Rejection::invalid_cloudevent_format);
  rejected.errors.push_back({{}, message});
  rejected.message = std::move(message);
  return rejected;
}

std::string RejectedEvent::to_json() const {
  std::string out = "{\"reason\":";
  json::append_quoted(out, reason);
  out += ",\"message\":";
  json::append_quoted(out, message);
  out += ",\"errors\":[";
  for (const EventError& error : errors) {
    if (&error != errors.data()) out += ',';
    out += "{\"path\":";
    json::append_quoted(out, error.path);
    out += ",\"message\":";
    json::append_quoted(out, error.message);
    out += '}';
  }
  out += ']';
  if (id) {
    out += ",\"id\":";
    json::append_quoted(out, *id);
  }
  out += '}';
  return out;
}

}  // namespace roost
