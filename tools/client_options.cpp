#include "client_options.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <roost/limits.hpp>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <system_error>

#include "base/utf8.hpp"

namespace roost::tools {

void add_server_options(CLI::App& command, ServerOptions& options) {
  command.add_option("--url", options.url, "As phoenix.js is told [" + options.url + "]")
      ->type_name("URL")
      ->envname("ROOST_URL");
  command
      .add_option("--cacert", options.ca_file,
                  "Trust certificates signed by those in this file (PEM)")
      ->type_name("FILE");
  command.add_flag("--insecure", options.insecure, "Trust any certificate");
}

Result<client::Trust> trust_of(const ServerOptions& options) {
  return client::Trust::make(options.ca_file, options.insecure
                                                  ? client::Trust::Check::nothing
                                                  : client::Trust::Check::certificates);
}

void add_socket_options(CLI::App& command, SocketOptions& options) {
  command.add_option("TOPIC", options.topic, "Such as events:lobby")->required();
  add_server_options(command, options);
  CLI::Option* const token = command.add_option("--token", options.token,
                                                "phoenix.js's authToken; others may see it in ps");
  command.add_option("--token-file", options.token_file, "The same, read anew at each connection")
      ->type_name("FILE")
      ->excludes(token);
  command.add_option("--param", options.params, "A connect param; may be repeated")
      ->allow_extra_args(false)
      ->type_name("NAME=VALUE");
}

Result<client::Access> access_of(const SocketOptions& options) {
  auto address = client::parse_address(options.url);
  if (address.has_error()) return Error{"--url: " + address.error().message};
  client::Access access{*std::move(address), {}, {}};
  for (const std::string& param : options.params) {
    const std::size_t equals = param.find('=');
    if (equals == param.npos || equals == 0)
      return Error{fmt::format("--param: expected NAME=VALUE, not \"{}\"", param)};
    access.params.emplace_back(param.substr(0, equals), param.substr(equals + 1));
  }
  if (options.topic.empty() || !is_utf8(options.topic) ||
      options.topic.size() > limits::any_topic_bytes_max)
    return Error{"TOPIC: expected a name such as events:lobby, in UTF-8"};
  access.token = [options]() -> Result<std::string> {
    if (options.token_file.empty()) return {boost::system::in_place_value, options.token};
    return read_secret(options.token_file);
  };
  if (const auto token = access.token(); token.has_error()) return token.error();
  return access;
}

client::Credentials credentials_of(const SocketOptions& options) {
  return options.token_file.empty() ? client::Credentials::fixed : client::Credentials::fresh;
}

Result<std::string> read_secret(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) text << stream.rdbuf();
  if (!stream.is_open() || stream.bad())
    return Error{
        fmt::format("{} cannot be read: {}", file, std::generic_category().message(errno))};
  std::string secret = text.str();
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  return {boost::system::in_place_value, std::move(secret)};
}

ExitCode complain_to_user(ExitCode code, std::string_view what) {
  std::cerr << fmt::format("roost: {}\n", what);
  return code;
}

bool write_out(std::string_view text) {
  while (!text.empty()) {
    const auto size = ::write(STDOUT_FILENO, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

void ignore_broken_pipes() {
  std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace roost::tools
