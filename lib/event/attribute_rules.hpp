// The CloudEvents type system (CloudEvents 1.0.2, "Type System" and "Naming
// Conventions"), as far as it holds for every attribute.
#pragma once

#include <string_view>

namespace roost {

/// One or more of a-z and 0-9.
bool is_attribute_name(std::string_view name) noexcept;

/// A String: none of U+0000-001F and U+007F-009F, no noncharacter. `text` must
/// be valid UTF-8, which keeps surrogates out.
bool is_attribute_string(std::string_view text) noexcept;

/// An Integer: `number`, a number token of JSON, has no fraction and no exponent
/// and lies between -2147483648 and 2147483647. `-0` is one: it reads as 0.
bool is_attribute_integer(std::string_view number) noexcept;

}  // namespace roost
