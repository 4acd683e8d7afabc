#include "base/file.h"
#include "control/base64.h"
#include "control/single_hop.h"
#include "control/torrc.h"
#include "tests/unit/control/run.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sys/stat.h>

namespace sipveil::control {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace sipveil::testing;
namespace fs = std::filesystem;

class SingleHopTest : public ::testing::Test {
 protected:
  SingleHopService service(const char* target = "127.0.0.1:5062") {
    return {OnionKey::generate().value().key, 5060, Endpoint::parse(target).value(), {}};
  }
  static unsigned mode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }
  Result<void> check(std::string_view text) {
    const auto file = directory.path() / "extra";
    std::ofstream(file) << text;
    return check_extra_torrc(file);
  }

  TemporaryDirectory directory;
  fs::path onion = directory.path() / "tor-service" / "onion";
};

TEST_F(SingleHopTest, Torrc) {
  const auto layout = TorLayout::below("/var/lib/a b", "tor-service").value();
  const auto text = make_service_torrc(layout, "/etc/extra", 42, service());
  EXPECT_THAT(text, StartsWith("%include \"/etc/extra\"\n"));
  EXPECT_THAT(text, HasSubstr("DataDirectory \"/var/lib/a b/tor-service\"\n"));
  EXPECT_THAT(text, HasSubstr("ControlPort unix:\"/var/lib/a b/tor-service/control\"\n"));
  EXPECT_THAT(text, HasSubstr("\nSocksPort 0\n"));
  EXPECT_THAT(text, HasSubstr("HiddenServiceNonAnonymousMode 1\nHiddenServiceSingleHopMode 1\n"
                              "HiddenServiceDir \"/var/lib/a b/tor-service/onion\"\n"
                              "HiddenServicePort 5060 127.0.0.1:5062\n"));
  EXPECT_THAT(text, HasSubstr("__OwningControllerProcess 42\n"));
  EXPECT_EQ(text.find("ClientOnly"), std::string::npos);
  EXPECT_THAT(make_service_torrc(layout, std::nullopt, 42, service("unix:/run/a b")),
              HasSubstr("HiddenServicePort 5060 unix:\"/run/a b\"\n"));
}

TEST_F(SingleHopTest, TheKeyIsInTorsOwnForm) {
  const auto wanted = service();
  ASSERT_TRUE(write_service(onion, wanted).has_value());
  const auto file = read_secret_file(onion / "hs_ed25519_secret_key").value();
  ASSERT_EQ(file.size(), 96U);
  EXPECT_EQ(file.reveal().substr(0, 32), std::string("== ed25519v1-secret: type0 ==\0\0\0", 32));
  const auto text = wanted.key.text();
  EXPECT_EQ(file.reveal().substr(32), base64_decode(text.reveal().substr(11)).value().reveal());
  EXPECT_EQ(mode(onion), 0700U);
  EXPECT_FALSE(fs::exists(onion / "authorized_clients"));
}

TEST_F(SingleHopTest, ClientsWhoWereTakenOutAreOut) {
  auto wanted = service();
  const auto first = ClientAuthKey::generate().value().public_key();
  const auto second = ClientAuthKey::generate().value().public_key();
  wanted.clients = {first, second};
  ASSERT_TRUE(write_service(onion, wanted).has_value());
  EXPECT_EQ(read_file(onion / "authorized_clients" / "2.auth", 100).value(),
            "descriptor:x25519:" + second.text() + "\n");
  EXPECT_EQ(mode(onion / "authorized_clients"), 0700U);
  wanted.clients = {second};
  ASSERT_TRUE(write_service(onion, wanted).has_value());
  EXPECT_EQ(read_file(onion / "authorized_clients" / "1.auth", 100).value(),
            "descriptor:x25519:" + second.text() + "\n");
  EXPECT_FALSE(fs::exists(onion / "authorized_clients" / "2.auth"));
}

TEST_F(SingleHopTest, NameOfTorsHostnameFile) {
  const auto name = OnionName::from_public_key({1, 2, 3});
  fs::create_directories(onion);
  EXPECT_EQ(read_service_name(onion).error().code, Errc::io);
  std::ofstream(onion / "hostname") << name.host() << "\n";
  EXPECT_EQ(read_service_name(onion).value(), name);
  std::ofstream(onion / "hostname") << "example.onion\n";
  EXPECT_EQ(read_service_name(onion).error().code, Errc::invalid);
}

TEST_F(SingleHopTest, OtherServicesInTheExtraTorrcWouldLoseTheirHiding) {
  EXPECT_TRUE(check_extra_torrc(std::nullopt).has_value());
  EXPECT_TRUE(check("UseBridges 1\n# HiddenServiceDir /a\nHiddenServiceStatistics 0\n").has_value());
  for (const auto* text : {"HiddenServiceDir /a", "UseBridges 1\n\t +hiddenservicedir /a\n"}) {
    const auto refused = check(text);
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_EQ(refused.error().where, Fault::configuration);
    EXPECT_THAT(refused.error().mend, HasSubstr("single_hop"));
  }
}

} // namespace
} // namespace sipveil::control
