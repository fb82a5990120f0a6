// The statuses that roost answers with (RFC 9110 15).
#pragma once

namespace roost::net::http_status {

inline constexpr unsigned ok = 200;
inline constexpr unsigned accepted = 202;
inline constexpr unsigned no_content = 204;
inline constexpr unsigned bad_request = 400;
inline constexpr unsigned unauthorized = 401;
inline constexpr unsigned forbidden = 403;
inline constexpr unsigned not_found = 404;
inline constexpr unsigned method_not_allowed = 405;
inline constexpr unsigned not_acceptable = 406;
inline constexpr unsigned gone = 410;
inline constexpr unsigned content_too_large = 413;
inline constexpr unsigned unsupported_media_type = 415;
inline constexpr unsigned too_many_requests = 429;  // RFC 6585 4
inline constexpr unsigned head_too_large = 431;     // RFC 6585 5
inline constexpr unsigned internal_error = 500;
inline constexpr unsigned unavailable = 503;

}  // namespace roost::net::http_status
