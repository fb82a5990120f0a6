// What `roost listen`, `publish` and `topics` have in common on the command line.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "client/loop.hpp"
#include "client/trust.hpp"
#include "commands.hpp"

namespace roost::tools {

struct ServerOptions {
  std::string url = "ws://127.0.0.1:4000/socket";
  std::string ca_file;
  bool insecure = false;
};
void add_server_options(CLI::App& command, ServerOptions& options);
Result<client::Trust> trust_of(const ServerOptions& options);

struct SocketOptions : ServerOptions {
  std::string topic;
  std::string token;
  std::string token_file;
  std::vector<std::string> params;
};
void add_socket_options(CLI::App& command, SocketOptions& options);
Result<client::Access> access_of(const SocketOptions& options);
client::Credentials credentials_of(const SocketOptions& options);

/// A secret's file, without the line break at its end.
Result<std::string> read_secret(const std::string& file);

/// `roost: what`, on standard error.
ExitCode complain_to_user(ExitCode code, std::string_view what);

/// Writes all of it. False where nobody reads it any more.
bool write_out(std::string_view text);

/// A pipe that is closed early ends a command quietly, not by a signal.
void ignore_broken_pipes();

}  // namespace roost::tools
