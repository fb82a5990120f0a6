#include "server/file_watch.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace roost {
namespace {

class FileWatches : public testing::Test {
 protected:
  FileWatches() {
    std::string pattern = (std::filesystem::temp_directory_path() / "roost-watch-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileWatches() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& text) { std::ofstream(file(), std::ios::binary) << text; }
  std::string file() const { return folder_ / "keys"; }

 private:
  std::filesystem::path folder_;
};

TEST_F(FileWatches, SayNothingOfFilesThatStayAsTheyAre) {
  write("a");
  FileWatch watch({file()});
  EXPECT_FALSE(watch.look());
  EXPECT_FALSE(FileWatch().look());
}

TEST_F(FileWatches, SayOnceThatAFileHasChanged) {
  write("a");
  FileWatch watch({file()});
  write("ab");
  EXPECT_TRUE(watch.look());
  EXPECT_FALSE(watch.look());
  std::filesystem::last_write_time(
      file(), std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_TRUE(watch.look());
}

TEST_F(FileWatches, SeeFilesComeAndGo) {
  FileWatch watch({file()});
  write("a");
  EXPECT_TRUE(watch.look());
  std::filesystem::remove(file());
  EXPECT_TRUE(watch.look());
  EXPECT_FALSE(watch.look());
}

TEST_F(FileWatches, MissNoChangeBetweenALookAndTheNextWatch) {
  write("a");
  FileWatch watch({file()});
  write("ab");
  watch.watch({file()});
  EXPECT_TRUE(watch.look());
  watch.watch({});
  write("abc");
  watch.watch({file()});
  EXPECT_FALSE(watch.look());
}

}  // namespace
}  // namespace roost
