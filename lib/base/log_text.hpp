// How a string that a peer may have written appears in a log line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace roost::log_text {

/// True for a short word that means the same to any terminal and any reader
/// without quotes: it needs none.
bool is_plain(std::string_view text) noexcept;

/// Appends `text` in quotes, as JSON has them, at most about `bytes_max` of it;
/// what is cut off shows as `…`. Escaped, beyond what JSON asks for: DEL and
/// C1 controls (a terminal obeys U+009B), line separators, and the marks that
/// turn the direction of text. What is no UTF-8 becomes U+FFFD.
void append_quoted(std::string& out, std::string_view text, std::size_t bytes_max);

/// The same for a message to people that quotes such text: without quotes
/// around it, and with those inside it as they are.
void append_safe(std::string& out, std::string_view text, std::size_t bytes_max);

}  // namespace roost::log_text
