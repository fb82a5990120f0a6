#include "protocol/session_walk.hpp"

#include <gtest/gtest.h>

#include <random>

namespace roost::protocol {
namespace {

class SessionWalks : public testing::TestWithParam<Wire> {};

TEST_P(SessionWalks, KeepTheirInvariantsWhateverIsSaidAndDecided) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    std::mt19937 random(seed);
    SessionWalk walk(GetParam(), [&random](unsigned n) { return random() % n; });
    const unsigned steps = random() % 200;
    for (unsigned i = 0; i < steps; ++i) walk.step();
    walk.cut();
    for (unsigned i = 0; i < 20; ++i) walk.step();
    ASSERT_EQ(walk.verdict(), "") << "seed " << seed;
  }
}

constexpr const char* wire_names[] = {"V1", "V2", "V2Text"};
INSTANTIATE_TEST_SUITE_P(, SessionWalks, testing::Values(Wire::v1, Wire::v2, Wire::v2_text),
                         [](const auto& wire) {
                           return wire_names[static_cast<std::size_t>(wire.param)];
                         });

}  // namespace
}  // namespace roost::protocol
