// Library: a shared library that is loaded, and what it exports.
#pragma once

#include <roost/plugin.h>

#include <memory>
#include <string>

#include "base/result.hpp"

namespace roost::auth {

class Library {
 public:
  /// The error names the file.
  static Result<Library> load(const std::string& path);

  /// Valid while this is there.
  const roost_plugin& plugin() const { return *plugin_; }

 private:
  struct Unload {
    void operator()(void* handle) const;
  };
  using Handle = std::unique_ptr<void, Unload>;

  Library(Handle handle, const roost_plugin& plugin)
      : handle_(std::move(handle)), plugin_(&plugin) {}

  Handle handle_;
  const roost_plugin* plugin_;
};

}  // namespace roost::auth
