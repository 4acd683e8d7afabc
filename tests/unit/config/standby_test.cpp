#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

StandbyConfig standby(const std::string& lines) {
  return accepted(minimal + "[standby]\n" + lines).standby;
}

TEST(Standby, DefaultsAreTheDocumentedOnes) {
  for (const StandbyConfig& config : {accepted(minimal).standby, standby("")}) {
    EXPECT_EQ(config.min, 1U);
    EXPECT_EQ(config.max, 8U);
    EXPECT_EQ(config.parallel, 4U);
    EXPECT_EQ(config.phones, 16U);
    EXPECT_EQ(config.candidates, 2U);
    EXPECT_EQ(config.max_age, 300s);
  }
}

TEST(Standby, ReadsEveryKey) {
  const StandbyConfig config = standby("min = 2\nmax = 64\nparallel = 32\ncandidates = 8\nmax_age = 540\n");
  EXPECT_EQ(config.min, 2U);
  EXPECT_EQ(config.max, 64U);
  EXPECT_EQ(config.parallel, 32U);
  EXPECT_EQ(config.candidates, 8U);
  EXPECT_EQ(config.max_age, 540s);
}

TEST(Standby, OneBoundAloneMovesTheOther) {
  EXPECT_EQ(standby("max = 0\n").min, 0U);
  EXPECT_EQ(standby("min = 20\n").max, 20U);
  EXPECT_EQ(standby("min = 0\n").max, 8U);
}

TEST(Standby, MaxIsNotBelowMin) {
  EXPECT_EQ(standby("min = 3\nmax = 3\n").max, 3U);
  const Mistake mistake = only_mistake(minimal + "[standby]\nmin = 3\nmax = 2\n");
  EXPECT_EQ(mistake.line, 5U);
  EXPECT_EQ(mistake.key, "standby.max");
  // A wrong bound is one mistake, not two.
  EXPECT_EQ(only_mistake(minimal + "[standby]\nmin = 65\nmax = 0\n").key, "standby.min");
}

TEST(Standby, Ranges) {
  EXPECT_THAT(
      places(refused(minimal +
                     "[standby]\nmin = -1\nmax = 65\nparallel = 0\ncandidates = 9\nmax_age = 29\nphones = 257\n")),
      ElementsAre("4 standby.min", "5 standby.max", "6 standby.parallel", "7 standby.candidates", "8 standby.max_age",
                  "9 standby.phones"));
  EXPECT_EQ(only_mistake(minimal + "[standby]\nmax_age = 541\n").key, "standby.max_age");
  EXPECT_EQ(only_mistake(minimal + "[standby]\nmax_age = \"5m\"\n").key, "standby.max_age");
}

TEST(Metrics, AreServedOnlyWhenAskedFor) {
  EXPECT_FALSE(accepted(minimal).metrics);
  EXPECT_EQ(accepted(minimal + "[metrics]\n").metrics->listen.text(), "127.0.0.1:9464");
}

TEST(Metrics, StayOnLoopback) {
  for (const char* own : {"127.0.0.1:1", "127.255.255.255:9464", "[::1]:9464"})
    EXPECT_EQ(accepted(minimal + "[metrics]\nlisten = \"" + own + "\"\n").metrics->listen.text(), own);
  for (const char* other :
       {"0.0.0.0:9464", "128.0.0.1:9464", "192.168.1.2:9464", "[::]:9464", "[::ffff:127.0.0.1]:9464", "[::1:1]:9464"}) {
    const Mistake mistake = only_mistake(minimal + "[metrics]\nlisten = \"" + other + "\"\n");
    EXPECT_EQ(mistake.key, "metrics.listen") << other;
    EXPECT_THAT(mistake.text, HasSubstr("when calls are made")) << other;
  }
  EXPECT_EQ(only_mistake(minimal + "[metrics]\nlisten = \"localhost:9464\"\n").key, "metrics.listen");
  EXPECT_EQ(only_mistake(minimal + "[metrics]\nlisten = \"127.0.0.1:0\"\n").key, "metrics.listen");
}

TEST(Metrics, HaveAPortOfTheirOwn) {
  const std::string metrics = "[metrics]\nlisten = \"127.0.0.1:7000\"\n";
  const std::string inner = "[inner]\nlisten = [\"127.0.0.1:5060\"]\ndeliver_to = \"127.0.0.1:5062\"\n";
  EXPECT_THAT(only_mistake(minimal + "[inner]\nlisten = [\"127.0.0.1:7000\"]\n" + metrics).text,
              HasSubstr("inner.listen"));
  EXPECT_THAT(only_mistake(minimal + inner + "[tunnel]\nlisten = [\"127.0.0.1:7000\"]\n" + metrics).text,
              HasSubstr("tunnel.listen"));
  const Mistake onion_port = only_mistake(minimal + inner + "[tor]\n[onion]\nlisten = \"127.0.0.1:7000\"\n" + metrics);
  EXPECT_EQ(onion_port.key, "metrics.listen");
  EXPECT_THAT(onion_port.text, HasSubstr("onion.listen"));
}

} // namespace
} // namespace sipveil::test
