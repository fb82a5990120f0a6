#include "net/process_metrics.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <string_view>

namespace roost::net {

namespace {

struct Memory {
  std::size_t virtual_bytes = 0;
  std::size_t resident_bytes = 0;
};

std::optional<Memory> memory_of_process() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident_pages = 0;
  if (!(file >> pages >> resident_pages)) return std::nullopt;
  const auto page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return Memory{pages * page_bytes, resident_pages * page_bytes};
}

std::optional<double> boot_time_seconds() {
  std::ifstream file("/proc/stat");
  std::string line;
  constexpr std::string_view key = "btime ";
  while (std::getline(file, line))
    if (line.starts_with(key)) return std::stod(line.substr(key.size()));
  return std::nullopt;
}

std::optional<double> start_time_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  const auto boot = boot_time_seconds();
  if (!boot || !std::getline(file, line)) return std::nullopt;
  // The second field may hold anything but a parenthesis behind its last one.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string field;
  constexpr int start_time_field = 22;
  for (int i = 3; i <= start_time_field; ++i) fields >> field;
  if (!fields) return std::nullopt;
  return *boot + std::stod(field) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Counted by the kernel since Linux 6.2. Before, they are listed; but not a hundred
// thousand, which would hold up the thread that asks for a tenth of a second.
std::optional<std::uint64_t> open_descriptors() {
  constexpr const char* path = "/proc/self/fd";
  constexpr std::uint64_t listed_max = 10'000;
  struct stat folder {};
  if (::stat(path, &folder) == 0 && folder.st_size > 0)
    return static_cast<std::uint64_t>(folder.st_size);
  DIR* const list = ::opendir(path);
  if (list == nullptr) return std::nullopt;
  std::uint64_t count = 0;
  while (count <= listed_max && ::readdir(list) != nullptr) ++count;
  ::closedir(list);
  constexpr std::uint64_t others = 3;  // `.`, `..`, and the list's own
  if (count > listed_max || count < others) return std::nullopt;
  return count - others;
}

double seconds_of(const timeval& time) {
  constexpr double microsecond = 1e-6;
  return static_cast<double>(time.tv_sec) + microsecond * static_cast<double>(time.tv_usec);
}

}  // namespace

std::optional<std::size_t> resident_memory_bytes() {
  const auto memory = memory_of_process();
  return memory ? std::optional(memory->resident_bytes) : std::nullopt;
}

void write_process_metrics(Exposition& out) {
  using Type = Exposition::Type;
  if (const auto memory = memory_of_process()) {
    out.family(Type::gauge, "process_resident_memory_bytes", "Resident memory.");
    out.sample(std::uint64_t{memory->resident_bytes});
    out.family(Type::gauge, "process_virtual_memory_bytes", "Virtual memory.");
    out.sample(std::uint64_t{memory->virtual_bytes});
  }
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    out.family(Type::counter, "process_cpu_seconds_total",
               "Time of the processors, user and system.");
    out.sample(seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime));
  }
  if (const auto start = start_time_seconds()) {
    out.family(Type::gauge, "process_start_time_seconds", "When the process began, since 1970.");
    out.sample(*start);
  }
  if (const auto open = open_descriptors()) {
    out.family(Type::gauge, "process_open_fds", "Open descriptors.");
    out.sample(*open);
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.family(Type::gauge, "process_max_fds", "How many descriptors may be open.");
    out.sample(limit.rlim_cur == RLIM_INFINITY ? std::numeric_limits<double>::infinity()
                                               : static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace roost::net
