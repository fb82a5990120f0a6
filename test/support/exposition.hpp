// A strict reader of Prometheus' text format: what it takes promtool takes, too.
#pragma once

#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace roost::test {

class MetricsText {
 public:
  /// Throws a std::runtime_error that names the line at fault.
  explicit MetricsText(std::string_view text) {
    if (text.empty() || text.back() != '\n') fail("no line break at the end", text);
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = text.find('\n', at);
      read_line(std::string(text.substr(at, end - at)));
      at = end + 1;
    }
    check_histograms();
  }

  /// Of `name{label="value",...}` as it stands there.
  double value(const std::string& series) const {
    const auto found = samples_.find(series);
    if (found == samples_.end()) throw std::runtime_error("there is no " + series);
    return found->second;
  }
  bool has(const std::string& series) const { return samples_.count(series) > 0; }
  /// Every name that a query may use, `_bucket`, `_sum` and `_count` included.
  std::set<std::string> names() const {
    std::set<std::string> result;
    for (const auto& [name, type] : types_) {
      if (type != "histogram") result.insert(name);
      if (type == "histogram")
        for (const char* suffix : {"_bucket", "_sum", "_count"}) result.insert(name + suffix);
    }
    return result;
  }
  const std::map<std::string, std::string>& types() const { return types_; }
  /// What tells the series of a name apart: each label with its values.
  std::map<std::string, std::set<std::string>> labels(const std::string& name) const {
    static const std::regex label(R"re(([a-zA-Z_][a-zA-Z0-9_]*)="([^"]*)")re");
    std::map<std::string, std::set<std::string>> result;
    for (const auto& [series, value] : samples_) {
      if (!series.starts_with(name + "{")) continue;
      for (std::sregex_iterator found(series.begin(), series.end(), label), end; found != end;
           ++found)
        result[(*found)[1]].insert((*found)[2]);
    }
    return result;
  }

 private:
  [[noreturn]] static void fail(const std::string& what, std::string_view line) {
    throw std::runtime_error(what + ": " + std::string(line));
  }

  void read_line(const std::string& line) {
    static const std::regex help(R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (([^\\]|\\\\|\\n)+))");
    static const std::regex type(R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram))");
    static const std::regex sample(
        R"re(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\\\|\\n|\\")*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\]|\\\\|\\n|\\")*")*\})? ([0-9.e+-]+|[+-]Inf|NaN))re");
    std::smatch match;
    if (std::regex_match(line, match, help)) {
      family_ = match[1];
      if (!helped_.insert(family_).second) fail("a second HELP", line);
    } else if (std::regex_match(line, match, type)) {
      if (match[1] != family_) fail("TYPE without its HELP", line);
      if (!types_.emplace(family_, match[2]).second) fail("a second TYPE", line);
      const bool counts = family_.ends_with("_total");
      if (counts != (match[2] == "counter")) fail("a counter's name ends with _total", line);
    } else if (std::regex_match(line, match, sample)) {
      check_member(match[1], line);
      const std::string series = match[1].str() + match[2].str();
      if (!samples_.emplace(series, std::strtod(match[6].str().c_str(), nullptr)).second)
        fail("a second time", line);
      if (line.find("le=\"") != line.npos) order_.push_back(series);
    } else {
      fail("no line of the format", line);
    }
  }

  void check_member(const std::string& name, const std::string& line) const {
    const auto type = types_.find(family_);
    if (type == types_.end()) fail("a sample without TYPE", line);
    if (type->second != "histogram") {
      if (name != family_) fail("a sample of another family", line);
    } else if (name != family_ + "_bucket" && name != family_ + "_sum" &&
               name != family_ + "_count") {
      fail("a sample that no histogram has", line);
    }
  }

  /// Buckets never fall, and the last is the count.
  void check_histograms() const {
    double before = 0;
    for (const std::string& series : order_) {
      const double count = value(series);
      if (count < before) fail("a bucket with less than the one before", series);
      before = count;
      if (series.find("le=\"+Inf\"") == series.npos) continue;
      std::string total = std::regex_replace(series, std::regex(R"re(,?le="\+Inf")re"), "");
      total = std::regex_replace(total, std::regex(R"(_bucket(\{\})?)"), "_count");
      if (value(total) != count) fail("a count that is not its last bucket", series);
      before = 0;
    }
  }

  std::map<std::string, std::string> types_;
  std::map<std::string, double> samples_;
  std::set<std::string> helped_;
  std::vector<std::string> order_;
  std::string family_;
};

}  // namespace roost::test
