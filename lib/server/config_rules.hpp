// RuleReader: the entries of [[authorize_connect]], [[authorize_join]] and
// [[authorize_publish]]. What an entry says beside `topic`, `when`, `allow` and
// `hook` belongs to its kind of hook, whose table of keys (auth/hook.hpp) says
// what is right; what topics and conditions say is looked at by check_config().
#pragma once

#include <toml++/toml.h>
#include <roost/authorize.hpp>
#include <roost/config.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/hook.hpp"

namespace roost {

class RuleReader {
 public:
  /// `file` and `errors` outlive the reader.
  RuleReader(Question::Kind kind, const std::string& file, auth::HookKinds kinds,
             ConfigErrors& errors);

  std::vector<AuthorizeRule> read(const toml::node& node);

 private:
  AuthorizeRule read_rule(const toml::table& entry);
  void read_topic(const toml::table& entry, AuthorizeRule& rule);
  void read_when(const toml::table& entry, AuthorizeRule& rule);
  void read_decider(const toml::table& entry, AuthorizeRule& rule);
  void read_presence_key(const toml::table& entry, AuthorizeRule& rule);
  void read_options(const toml::table& entry, const auth::HookKind& hook, AuthorizeRule& rule);
  void find_unknown_keys(const toml::table& entry, const auth::HookKind* hook);
  void report(const toml::source_region& place, std::string_view name, std::string message);

  Question::Kind kind_;
  std::string_view chain_;
  const std::string& file_;
  auth::HookKinds kinds_;
  ConfigErrors& errors_;
  std::string key_;  // of the entry that is being read
};

}  // namespace roost
