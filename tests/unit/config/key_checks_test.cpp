#include "bridge/doctor/key_checks.h"
#include "tests/unit/config/config_files.h"

#include <sys/stat.h>

namespace sipveil::doctor {
namespace {

using test::Directory;
using ::testing::HasSubstr;

constexpr privasip::UnixSeconds now = 1'800'000'000;

/// A proxy of a.example with a route to b.example, and its key folder.
class KeyChecks : public ::testing::Test {
 protected:
  Check checked(privasip::UnixSeconds at = now) {
    Report report;
    check_keys(config_, at, report);
    EXPECT_EQ(report.checks().size(), 1U);
    return report.checks().front();
  }

  /// All that calls need.
  void provide() {
    generate("a.example", false);
    const Directory other;
    const privasip::KeyStore theirs(other.path());
    const auto key = theirs.generate("b.example", privasip::KeyKind::x25519, false, 0s, now);
    ASSERT_TRUE(key);
    ASSERT_TRUE(store_.pin("b.example", {*key}, {}));
  }

  void generate(std::string_view name, bool rotate) {
    ASSERT_TRUE(store_.generate(name, privasip::KeyKind::x25519, rotate, 60s, now));
  }

  [[nodiscard]] std::filesystem::path only_file(const std::string& folder, const std::string& extension) const {
    for (const auto& entry : std::filesystem::directory_iterator(store_.directory() / folder))
      if (entry.path().extension() == extension) return entry.path();
    ADD_FAILURE() << "no " << extension << " in " << folder;
    return {};
  }

  Directory directory_;
  privasip::KeyStore store_{directory_.path() / "keys"};
  Config config_ = test::accepted("role = \"proxy\"\nstate_dir = \"" + directory_.path().string() +
                                  "\"\n[identity]\ndomains = [\"a.example\"]\n"
                                  "[[peer]]\nname = \"b\"\naddress = \"tcp:127.0.0.1:5070\"\nvia = \"direct\"\n"
                                  "[[route]]\ndomain = \"b.example\"\npeers = [\"b\"]\n");
};

TEST_F(KeyChecks, AreSkippedWithoutIdentity) {
  config_.identity.reset();
  EXPECT_EQ(checked().verdict, Verdict::skipped);
}

TEST_F(KeyChecks, EverythingIsThere) {
  provide();
  const Check check = checked();
  EXPECT_EQ(check.verdict, Verdict::ok) << check.detail;
  EXPECT_THAT(check.detail, HasSubstr("1 own, 1 pinned"));
}

TEST_F(KeyChecks, NothingIsThere) {
  const Check check = checked();
  EXPECT_EQ(check.verdict, Verdict::failed);
  EXPECT_EQ(check.detail, "no current own key of a.example\nno pinned key of b.example");
  EXPECT_EQ(check.mend, "Run: sipveil keys generate a.example");
  generate("a.example", false);
  EXPECT_EQ(checked().mend, "Run: sipveil keys fetch b.example");
  EXPECT_FALSE(std::filesystem::exists(store_.directory() / "peers")) << "nothing is made by looking";
}

TEST_F(KeyChecks, ARetiredKeyIsNotCurrent) {
  provide();
  generate("a.example", true);
  EXPECT_EQ(checked().verdict, Verdict::ok);
  for (const auto& entry : std::filesystem::directory_iterator(store_.directory() / "own")) {
    const bool retired = std::filesystem::exists(std::filesystem::path(entry.path()).replace_extension(".retired"));
    if (entry.path().extension() == ".pem" && !retired) std::filesystem::remove(entry.path());
  }
  EXPECT_EQ(checked().detail, "no current own key of a.example");
}

TEST_F(KeyChecks, OwnKeyReadableByOthers) {
  provide();
  const auto file = only_file("own", ".pem");
  ::chmod(file.c_str(), 0640);
  const Check check = checked();
  EXPECT_EQ(check.verdict, Verdict::failed);
  EXPECT_THAT(check.mend, HasSubstr("chmod 600 " + file.string()));
}

TEST_F(KeyChecks, PinnedKeyWritableByOthers) {
  provide();
  const auto file = only_file("peers", ".pem");
  ::chmod(file.c_str(), 0644);
  EXPECT_EQ(checked().verdict, Verdict::ok) << "it is no secret";
  ::chmod(file.c_str(), 0664);
  EXPECT_EQ(checked().mend, "Run: chmod go-w " + file.string());
  ::chmod(file.c_str(), 0600);
  ::chmod((store_.directory() / "peers").c_str(), 0777);
  EXPECT_THAT(checked().detail, HasSubstr("others may write"));
}

TEST_F(KeyChecks, PinnedKeyThatIsNone) {
  provide();
  std::ofstream(only_file("peers", ".pem")) << "-----BEGIN PUBLIC KEY-----\nAAAA\n";
  EXPECT_EQ(checked().verdict, Verdict::failed);
  EXPECT_THAT(checked().detail, HasSubstr("b.example.pem"));
}

} // namespace
} // namespace sipveil::doctor
