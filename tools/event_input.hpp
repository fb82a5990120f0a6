// Where the CloudEvents are in a text that may be one event, a batch, or JSON
// lines. Nothing here judges them.
#pragma once

#include <string_view>
#include <vector>

namespace roost::tools {

struct EventText {
  std::string_view bytes;  ///< into the text that was given
  int line;                ///< the first of the event
};

/// Decided by content. Text that begins with `[` is a batch; one whose JSON is
/// broken is given back whole. Else text in which some line that begins with
/// `{` is JSON by itself is JSON lines, blank lines left out. All else is one
/// event over several lines. Text of blanks alone holds none.
std::vector<EventText> find_events(std::string_view text);

}  // namespace roost::tools
