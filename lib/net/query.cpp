#include "net/query.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/json_scan.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"

namespace roost::net {

/// A name may have been given a string and, elsewhere, members of its own; the
/// later kind counts. Members stay, because more of them may follow.
struct QueryParams::Value {
  std::string text;
  std::unique_ptr<Level> level;
  bool is_level = false;

  void write(std::string& out) const;
};

/// What stands under one prefix: `a[]=` makes items, `a[b]=` makes members, and
/// as in Plug the newest of them decides what the whole is.
struct QueryParams::Level {
  std::map<std::string, Value, std::less<>> members;
  std::vector<Value> items;
  std::size_t item_level = 0;  // 1 + the index of the item that `a[][b]=` adds to; 0: none
  bool is_list = false;

  Value& scalar(std::optional<std::string_view> name);
  Level& child(std::optional<std::string_view> name);
  void write(std::string& out) const;
};

namespace {

/// The names in `a[b][]`; none for the empty brackets of a list. A name that
/// does not end in `]`, or starts with `[`, is one name as it stands.
std::vector<std::optional<std::string_view>> split_name(std::string_view name) {
  const auto bracket = name.find('[');
  if (!name.ends_with(']') || bracket == 0 || bracket == std::string_view::npos) return {name};

  std::vector<std::optional<std::string_view>> path{name.substr(0, bracket)};
  std::string_view rest = name.substr(bracket + 1, name.size() - bracket - 2);
  while (true) {
    const auto end = rest.find("][");
    const std::string_view part = rest.substr(0, end);
    path.push_back(part.empty() ? std::nullopt : std::optional(part));
    if (end == std::string_view::npos) return path;
    rest.remove_prefix(end + 2);
  }
}

/// application/x-www-form-urlencoded. A `%` without two hexadecimal digits is
/// itself, as Elixir's URI module and the URL standard have it.
std::string decode(std::string_view encoded) {
  std::string text(encoded);
  std::replace(text.begin(), text.end(), '+', ' ');
  return *percent_decoded(text, StrayPercent::kept);
}

}  // namespace

QueryParams::Value& QueryParams::Level::scalar(std::optional<std::string_view> name) {
  is_list = !name;
  if (!name) return items.emplace_back();
  Value& value = members[std::string(*name)];
  value.is_level = false;
  return value;
}

QueryParams::Level& QueryParams::Level::child(std::optional<std::string_view> name) {
  if (!name && item_level == 0) {
    items.emplace_back();
    item_level = items.size();
  }
  Value& value = name ? members[std::string(*name)] : items[item_level - 1];
  if (!value.level) {
    value.level = std::make_unique<Level>();
    value.is_level = true;
    is_list = !name;
  }
  return *value.level;
}

void QueryParams::Value::write(std::string& out) const {
  if (is_level) {
    level->write(out);
  } else {
    json::append_quoted(out, text);
  }
}

void QueryParams::Level::write(std::string& out) const {
  const char* separator = "";
  out += is_list ? '[' : '{';
  if (is_list) {
    for (const auto& item : items) {
      out += std::exchange(separator, ",");
      item.write(out);
    }
  } else {
    for (const auto& [name, value] : members) {
      out += std::exchange(separator, ",");
      json::append_quoted(out, name);
      out += ':';
      value.write(out);
    }
  }
  out += is_list ? ']' : '}';
}

QueryParams::QueryParams() : root_(std::make_unique<Level>()) {}
QueryParams::QueryParams(QueryParams&&) noexcept = default;
QueryParams& QueryParams::operator=(QueryParams&&) noexcept = default;
QueryParams::~QueryParams() = default;

Result<QueryParams> QueryParams::parse(std::string_view query) {
  QueryParams params;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty()) continue;

    const auto equals = pair.find('=');
    const std::string name = decode(pair.substr(0, equals));
    std::string text = equals == pair.npos ? "" : decode(pair.substr(equals + 1));
    if (!is_utf8(name) || !is_utf8(text)) return Error{"a query parameter is not UTF-8"};

    const auto path = split_name(name);
    if (path.size() > query_levels_max) {
      return Error{"a query parameter has more than 16 levels"};
    }
    Level* level = params.root_.get();
    for (std::size_t i = 0; i + 1 < path.size(); ++i) level = &level->child(path[i]);
    level->scalar(path.back()).text = std::move(text);
  }
  return params;
}

std::vector<std::string> query_values(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const auto equals = std::min(pair.find('='), pair.size());
    if (decode(pair.substr(0, equals)) == name)
      values.push_back(decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return values;
}

bool QueryParams::has(std::string_view name) const {
  return root_->members.contains(name);
}

std::optional<std::string> QueryParams::param(std::string_view name) const {
  const auto found = root_->members.find(name);
  if (found == root_->members.end() || found->second.is_level) return std::nullopt;
  return found->second.text;
}

std::string QueryParams::params_json() const {
  std::string out;
  root_->write(out);
  return out;
}

}  // namespace roost::net
