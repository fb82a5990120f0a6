// Fields that are added to a JSON object which somebody else wrote.
#pragma once

#include <string>
#include <string_view>

namespace roost::channel {

/// What stands between the braces of an object, without the space around it; "" where
/// it is empty.
std::string_view fields_of(std::string_view object);

/// The object with more fields, behind its own; one that is no object is `response`
/// among them. `fields` may be empty.
std::string with_fields(std::string_view object, std::string_view fields);

}  // namespace roost::channel
