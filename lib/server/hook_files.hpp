// HookFiles: looks at the files that hooks (keys, scripts) and data schemas were
// made from, and says when one has changed. On one io_context's thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <string>
#include <vector>

#include "server/file_watch.hpp"

namespace roost::server {

class HookFiles {
 public:
  /// Looks every limits::file_look_interval, as long as there is something to
  /// look at; then calls `changed`, on the thread.
  HookFiles(boost::asio::io_context& io, std::function<void()> changed)
      : timer_(io), changed_(std::move(changed)) {}

  /// From now on these, as they are now.
  void watch(std::vector<std::string> files);

 private:
  void look_later();

  boost::asio::steady_timer timer_;
  std::function<void()> changed_;
  FileWatch watch_;
};

}  // namespace roost::server
