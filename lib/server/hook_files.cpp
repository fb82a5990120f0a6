#include "server/hook_files.hpp"

#include <roost/limits.hpp>

#include <utility>

namespace roost::server {

void HookFiles::watch(std::vector<std::string> files) {
  watch_.watch(std::move(files));
  timer_.cancel();
  if (!watch_.empty()) look_later();
}

void HookFiles::look_later() {
  timer_.expires_after(limits::file_look_interval);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    // First the next look: `changed_` may set up another watch.
    look_later();
    if (watch_.look()) changed_();
  });
}

}  // namespace roost::server
