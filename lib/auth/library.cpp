#include "auth/library.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>
#include <filesystem>
#include <utility>

namespace roost::auth {

namespace {

/// The loader takes a name that it knows for the library that it has loaded by
/// that name, and would not see that there is a new one in its place. By another
/// spelling it looks at the file.
std::string spelled_anew(const std::string& path) {
  static std::atomic<unsigned> spellings = 0;
  const std::filesystem::path folder = std::filesystem::path(path).parent_path();
  std::string spelled = folder.empty() ? "." : folder.string();
  // "/" and "/." are the digits of a number.
  for (unsigned number = spellings++; number > 0; number /= 2)
    spelled += number % 2 == 0 ? "/" : "/.";
  return spelled + "/" + std::filesystem::path(path).filename().string();
}

}  // namespace

void Library::Unload::operator()(void* handle) const {
  dlclose(handle);
}

Result<Library> Library::load(const std::string& path) {
  Handle handle(dlopen(spelled_anew(path).c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!handle) return Error{fmt::format("cannot load {}: {}", path, dlerror())};
  void* const symbol = dlsym(handle.get(), ROOST_PLUGIN_ENTRY);
  if (symbol == nullptr)
    return Error{
        fmt::format("{} does not export {}: it is no plugin of roost", path, ROOST_PLUGIN_ENTRY)};
  const auto entry = reinterpret_cast<decltype(&roost_plugin_entry)>(symbol);
  const roost_plugin* const plugin = entry();
  if (plugin == nullptr)
    return Error{fmt::format("{}: {} gives nothing", path, ROOST_PLUGIN_ENTRY)};
  if (plugin->version != ROOST_PLUGIN_VERSION)
    return Error{fmt::format("{} is made for version {} of roost/plugin.h, and this is version {}",
                             path, plugin->version, ROOST_PLUGIN_VERSION)};
  if ((plugin->flags & ~ROOST_PLUGIN_BLOCKS) != 0)
    return Error{fmt::format("{} has flags that version {} of roost/plugin.h does not have", path,
                             ROOST_PLUGIN_VERSION)};
  if (plugin->init == nullptr || plugin->ask == nullptr || plugin->free == nullptr)
    return Error{fmt::format("{} lacks init, ask or free", path)};
  return Library(std::move(handle), *plugin);
}

}  // namespace roost::auth
