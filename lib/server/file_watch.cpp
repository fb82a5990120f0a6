#include "server/file_watch.hpp"

#include <system_error>

namespace roost {

FileWatch::FileWatch(std::vector<std::string> files) {
  for (std::string& file : files) {
    Seen seen = see(file);
    files_.emplace_back(std::move(file), seen);
  }
}

FileWatch::Seen FileWatch::see(const std::string& file) {
  std::error_code error;
  const auto time = std::filesystem::last_write_time(file, error);
  if (error) return std::nullopt;
  const auto size = std::filesystem::file_size(file, error);
  if (error) return std::nullopt;
  return std::pair(time, size);
}

bool FileWatch::look() {
  bool changed = false;
  for (auto& [file, seen] : files_) {
    const Seen now = see(file);
    changed = changed || now != seen;
    seen = now;
  }
  return changed;
}

}  // namespace roost
