#include "base/metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <limits>
#include <string_view>
#include <thread>
#include <vector>

#include "support/exposition.hpp"

namespace roost {
namespace {

using namespace std::chrono_literals;
using test::MetricsText;

constexpr auto two_bounds = std::to_array<double>({0.001, 0.5});
constexpr auto some_words = std::to_array<std::string_view>({"a", "b", "other"});

TEST(Exposition, WritesEachFamilyWithItsSamples) {
  Exposition out;
  out.family(Exposition::Type::counter, "apples_total", "Apples.");
  out.sample(std::uint64_t{3}, {{"colour", "red"}, {"size", "S"}});
  out.family(Exposition::Type::gauge, "weight", "Weight.");
  out.sample(0.5);
  EXPECT_EQ(out.take(),
            "# HELP apples_total Apples.\n# TYPE apples_total counter\n"
            "apples_total{colour=\"red\",size=\"S\"} 3\n"
            "# HELP weight Weight.\n# TYPE weight gauge\nweight 0.5\n");
}

TEST(Exposition, EscapesWhatWouldEndALabelOrALine) {
  Exposition out;
  out.family(Exposition::Type::gauge, "g", "a \"quote\", \\ and \n break");
  out.sample(std::uint64_t{1}, {{"l", "\"} 2\n\\"}});
  const std::string text = out.take();
  EXPECT_EQ(text,
            "# HELP g a \"quote\", \\\\ and \\n break\n# TYPE g gauge\n"
            "g{l=\"\\\"} 2\\n\\\\\"} 1\n");
  EXPECT_NO_THROW(MetricsText{text});
}

TEST(Exposition, SaysWhatIsNoNumber) {
  Exposition out;
  out.family(Exposition::Type::gauge, "g", "G.");
  out.sample(std::numeric_limits<double>::infinity(), {{"l", "a"}});
  out.sample(std::numeric_limits<double>::quiet_NaN(), {{"l", "b"}});
  const std::string text = out.take();
  EXPECT_NE(text.find("g{l=\"a\"} +Inf\n"), text.npos);
  EXPECT_NE(text.find("g{l=\"b\"} NaN\n"), text.npos);
}

TEST(Histogram, SortsATimeIntoTheBucketWhoseBoundItDoesNotPass) {
  Histogram histogram(two_bounds);
  for (const auto time : {0ns, 1'000'000ns, 1'000'001ns, 500'000'000ns, 500'000'001ns, -5ns})
    histogram.observe(time);
  const auto reading = histogram.read();
  EXPECT_EQ(reading.counts[0], 3u);
  EXPECT_EQ(reading.counts[1], 2u);
  EXPECT_EQ(reading.counts[2], 1u);
  EXPECT_NEAR(reading.sum_seconds, 1.002000002, 1e-9);

  Exposition out;
  out.family(Exposition::Type::histogram, "h", "H.");
  out.sample(reading, {{"l", "v"}});
  const MetricsText text(out.take());
  EXPECT_EQ(text.value("h_bucket{l=\"v\",le=\"0.5\"}"), 5);
  EXPECT_EQ(text.value("h_bucket{l=\"v\",le=\"+Inf\"}"), 6);
  EXPECT_EQ(text.value("h_count{l=\"v\"}"), 6);
}

TEST(Histogram, LosesNothingThatSeveralThreadsObserve) {
  Histogram histogram(two_bounds);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) histogram.observe(1ms);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(histogram.read().count(), 4000u);
  EXPECT_NEAR(histogram.read().sum_seconds, 4.0, 1e-9);
}

TEST(WordCounter, CountsWhatItDoesNotKnowAsTheLast) {
  WordCounter<some_words> counter;
  for (const char* word : {"b", "evil\"} 1\n", "", "other", "b"}) counter.add(word);
  EXPECT_EQ(counter.get(0), 0u);
  EXPECT_EQ(counter.get(1), 2u);
  EXPECT_EQ(counter.get(2), 3u);
}

TEST(MetricsText, RefusesWhatPrometheusWould) {
  for (const char* text :
       {"", "g 1", "g 1\n", "# HELP g G.\n# TYPE g gauge\ng 1\ng 1\n",
        "# HELP g G.\n# TYPE g gauge\nh 1\n", "# HELP g G.\n# TYPE g counter\ng 1\n",
        "# HELP g G.\n# TYPE g gauge\ng{l=\"\\x\"} 1\n", "# HELP g G.\n# TYPE g gauge\ng one\n",
        "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\n"
        "h_sum 1\nh_count 1\n",
        "# HELP h H.\n# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n"})
    EXPECT_THROW(MetricsText{text}, std::runtime_error) << text;
}

}  // namespace
}  // namespace roost
