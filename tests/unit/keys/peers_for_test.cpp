#include "bridge/keys/fetch.h"
#include "tests/unit/config/config_files.h"

namespace sipveil::keys {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string peer(const std::string& name) {
  return "[[peer]]\nname = \"" + name + "\"\naddress = \"tcp:127.0.0.1:5070\"\nvia = \"direct\"\n";
}

std::vector<std::string> asked(const std::string& lines, std::string_view name) {
  const Config config = test::accepted(test::minimal + peer("a") + peer("b") + peer("c") + lines);
  std::vector<std::string> names;
  for (const PeerConfig* found : peers_for(config, name))
    names.push_back(found->name);
  return names;
}

TEST(PeersFor, TheRouteByPriority) {
  const std::string route = "[[route]]\ndomain = \"b.example\"\npeers = [{peer = \"c\", priority = 2}, \"b\"]\n";
  EXPECT_THAT(asked(route, "b.example"), ElementsAre("b", "c"));
  EXPECT_THAT(asked(route, "bob@b.example"), ElementsAre("b", "c"));
  EXPECT_THAT(asked(route, "c.example"), IsEmpty());
}

TEST(PeersFor, EveryOtherDomain) {
  const std::string routes = "[[route]]\ndomain = \"b.example\"\npeers = [\"b\"]\n"
                             "[[route]]\ndomain = \"*\"\npeers = [\"a\"]\n";
  EXPECT_THAT(asked(routes, "b.example"), ElementsAre("b"));
  EXPECT_THAT(asked(routes, "c.example"), ElementsAre("a"));
}

TEST(PeersFor, TheHomeOfAnAccountFirst) {
  const std::string lines = "[[route]]\ndomain = \"*\"\npeers = [\"b\", \"a\"]\n"
                            "[[account]]\naor = \"alice@a.example\"\nhome = \"a\"\n";
  EXPECT_THAT(asked(lines, "a.example"), ElementsAre("a", "b"));
  EXPECT_THAT(asked(lines, "b.example"), ElementsAre("b", "a"));
}

} // namespace
} // namespace sipveil::keys
