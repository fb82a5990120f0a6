// OriginPolicy: which web pages may open a socket, as Phoenix's check_origin
// decides it from the request headers `Origin` (RFC 6454 section 7) and `Host`.
//
// Immutable: any thread may ask. Programs that are no browsers send no Origin,
// and are always let in here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <roost/config.hpp>

#include "base/result.hpp"

namespace roost::net {

/// One entry of a check_origin list; what is not given matches anything.
struct AllowedOrigin {
  std::string scheme;  ///< lower case; empty: any
  std::string host;    ///< lower case, an IPv6 address without brackets; not empty
  std::optional<std::uint16_t> port;
  bool with_subdomains = false;  ///< written `*.host`, which the bare host matches too
};

/// `https://app.example`, `//app.example:8080`, `//*.example.com`. As in
/// Phoenix a scheme brings its default port along.
Result<AllowedOrigin> parse_allowed_origin(std::string_view entry);

class OriginPolicy {
 public:
  /// The error names the entry that is none.
  static Result<OriginPolicy> parse(const CheckOrigin& config);

  /// Why a request with these headers is refused, for the log; nothing where it
  /// is not.
  std::optional<std::string> refusal(std::optional<std::string_view> origin,
                                     std::string_view host_header) const;

 private:
  CheckOrigin::Kind kind_ = CheckOrigin::Kind::same_host;
  std::vector<AllowedOrigin> allowed_;
  std::string description_;  // the list as it was written
};

}  // namespace roost::net
