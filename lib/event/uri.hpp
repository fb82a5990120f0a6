// URIs as RFC 3986 writes them: one pass, no allocation. ASCII only: an IRI is
// refused until it is percent-encoded.
#pragma once

#include <string_view>

namespace roost {

/// True for a URI with a scheme (RFC 3986 section 3), with or without a fragment.
bool is_uri(std::string_view text) noexcept;

/// True for a URI-reference (RFC 3986 section 4.1). The empty text is one.
bool is_uri_reference(std::string_view text) noexcept;

}  // namespace roost
