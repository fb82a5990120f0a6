#include "server/file_watch.hpp"

#include <algorithm>
#include <system_error>

namespace roost {

void FileWatch::watch(std::vector<std::string> files) {
  std::vector<std::pair<std::string, Seen>> watched;
  for (std::string& file : files) {
    const auto known = std::ranges::find(files_, file, &std::pair<std::string, Seen>::first);
    Seen seen = known == files_.end() ? see(file) : known->second;
    watched.emplace_back(std::move(file), seen);
  }
  files_ = std::move(watched);
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
