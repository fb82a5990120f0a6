// One HTTP request and its answer as plain values, whatever reads and writes
// them: what is served over HTTP is written against these.
#pragma once

#include <roost/connection.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace roost::net {

struct HeaderField {
  std::string_view name;
  std::string_view value;

  bool is_named(std::string_view lower_case) const;
};

/// Of a comma-separated list; empty ones do not count (RFC 9110 5.6.1.2).
std::vector<std::string_view> list_elements(std::string_view list);

/// The list that all fields of that name make together (RFC 9110 5.3); nothing where
/// there is none.
std::optional<std::string> joined_fields(std::span<const HeaderField> fields,
                                         std::string_view lower_case);

/// The head points into whatever read it, and holds while the request is being
/// handled.
struct HttpRequest {
  std::string_view method;
  std::string_view path;       ///< without the query
  std::string_view query;      ///< what stands after the `?`
  unsigned http_version = 11;  ///< 10 or 11
  std::span<const HeaderField> headers;
  std::string_view peer;  ///< ADDR:PORT of the other end
  std::string body;       ///< whole; empty where only the head is asked about
  ConnectionInfo::Transport transport = ConnectionInfo::Transport::plain;  ///< of its connection

  /// The first of that name (in lower case), without white space around it.
  std::optional<std::string_view> header(std::string_view name) const;
};

/// A request's head with bytes of its own, to be taken to another thread.
class KeptRequest {
 public:
  explicit KeptRequest(const HttpRequest& request);
  KeptRequest(const KeptRequest&) = delete;
  KeptRequest& operator=(const KeptRequest&) = delete;
  const HttpRequest& head() const { return head_; }

 private:
  std::string text_;
  std::vector<HeaderField> headers_;
  HttpRequest head_;
};

struct HttpAnswer {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  static HttpAnswer of(unsigned status, std::string_view content_type, std::string body);
};

}  // namespace roost::net
