// FileWatch: notices that files have changed, by their time and size. It looks
// when it is asked to; how often, is for its owner to say.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace roost {

class FileWatch {
 public:
  FileWatch() = default;
  explicit FileWatch(std::vector<std::string> files) { watch(std::move(files)); }

  /// From now on these, and no others: one that was looked at before from how it
  /// was then, since it may have changed while it was read; others as they are.
  void watch(std::vector<std::string> files);

  bool empty() const { return files_.empty(); }
  /// True where one is not as it was at the last look; one that comes or goes
  /// has changed too.
  bool look();

 private:
  using Seen = std::optional<std::pair<std::filesystem::file_time_type, std::uintmax_t>>;
  static Seen see(const std::string& file);

  std::vector<std::pair<std::string, Seen>> files_;
};

}  // namespace roost
