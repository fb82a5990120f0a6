// EventStream: CloudEvents out of a text that comes piece by piece. JSON lines
// come out as they are complete; a batch, or an event over several lines, at the
// end. Pure; judges nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace roost::client {

struct InputEvent {
  std::string bytes;
  int line = 1;  ///< the first of the event
};

class EventStream {
 public:
  std::vector<InputEvent> feed(std::string_view piece);
  /// The text is over: the rest of it.
  std::vector<InputEvent> finish();

 private:
  enum class Form { unknown, lines, whole };
  void take_line(std::string_view line, std::vector<InputEvent>& events);

  Form form_ = Form::unknown;
  std::string kept_;  // an unfinished line; of Form::whole everything
  int lines_ = 0;     // that were taken
};

}  // namespace roost::client
