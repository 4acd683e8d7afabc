// Links that are opened ahead to phones which have registered with an address of their own.
#include "tests/unit/bridge/standby_script.h"

namespace sipveil::hop::test {
namespace {

std::string onion(std::uint8_t number) {
  return OnionName::from_public_key({number}).host();
}

std::string contact_at(std::uint8_t number) {
  return "sip:sealed@" + onion(number) + ":5061;transport=tcp";
}

Config beside_a_proxy(unsigned phones) {
  Config config = sample_config();
  config.role = Role::proxy;
  config.tor.emplace();
  config.peers.clear();
  config.routes.clear();
  config.standby = {.candidates = 1, .phones = phones};
  return config;
}

class HopStandbyPhones : public ::testing::Test {
 protected:
  explicit HopStandbyPhones(unsigned phones = 2) : hop_(beside_a_proxy(phones)) {}

  /// A phone's REGISTER, and the registrar's answer. Returns the Contact that the proxy has stored.
  std::string enrol(std::uint8_t phone, unsigned life = 600, int status = 200) {
    return enrol_at(hop_, link_, phone, life, status);
  }
  std::string enrol_at(StandbyScript& hop, LinkId link, std::uint8_t phone, unsigned life, int status) {
    const std::string number = std::to_string(++registers_);
    hop.peer(link,
             Request{.method = "REGISTER",
                     .uri = "sip:bob.example",
                     .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKregister" + number,
                     .from = "<sip:bob@bob.example>;tag=r",
                     .call_id = "registration" + std::to_string(phone),
                     .cseq = registers_,
                     .extra = "Contact: <" + contact_at(phone) + ">;expires=" + std::to_string(life) + more_ + "\r\n"}
                 .text());
    const Heard come = hop.to_phone();
    const std::string stored(come.message.contact_uri());
    std::string left;
    if (status == 200 && life > 0) left += "Contact: <" + stored + ">;expires=" + std::to_string(life) + "\r\n";
    if (status == 200 && !other_.empty()) left += "Contact: <" + other_ + ">;expires=600\r\n";
    hop.phone(reply(come.message, status, "registrar", left), udp_phone(5070));
    static_cast<void>(hop.to_link(link));
    return stored;
  }
  /// The proxy calls what it has stored.
  void call(const std::string& stored) {
    hop_.phone(Request{.uri = stored,
                       .via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKproxy",
                       .extra = "Record-Route: <sip:127.0.0.1:5070;lr>\r\nContact: <sip:alice@127.0.0.1:5062>\r\n"}
                   .text(),
               udp_phone(5070));
    EXPECT_EQ(hop_.to_phone().status(), 100);
  }
  std::size_t pools() const { return hop_.hop.standby_reports(hop_.book.time).size(); }

  StandbyScript hop_;
  LinkId link_ = hop_.accept();
  unsigned registers_ = 0;
  std::string other_; ///< what else the registrar holds of this user
  std::string more_;  ///< further Contacts
};

TEST_F(HopStandbyPhones, ACallTakesALinkThatWasThere) {
  const std::string stored = enrol(1);
  const auto dial = hop_.opened();
  EXPECT_EQ(dial.peer, "tor:" + onion(1) + ":5061");
  EXPECT_TRUE(dial.isolation);
  hop_.up(dial.link);
  EXPECT_TRUE(hop_.report().phone);
  call(stored);
  EXPECT_EQ(hop_.to_link(dial.link).message.request_uri(), contact_at(1));
  EXPECT_TRUE(hop_.book.dials.empty());
}

TEST_F(HopStandbyPhones, ARefusedRegisterOpensNothing) { // or whoever comes chooses whom this bridge connects to
  static_cast<void>(enrol(1, 600, 403));
  EXPECT_TRUE(hop_.opens_none());
  EXPECT_EQ(pools(), 0U);
}

TEST_F(HopStandbyPhones, NorDoesAClaimOfAFlow) {
  hop_.peer(link_, Request{.method = "OPTIONS",
                           .uri = "sip:anonymous.invalid",
                           .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKclaim",
                           .call_id = "registration",
                           .extra = "Accept: application/vnd.sipveil.flow\r\nContact: <" + contact_at(1) + ">\r\n"}
                       .text());
  EXPECT_EQ(hop_.to_link(link_).status(), 200);
  EXPECT_TRUE(hop_.opens_none());
}

TEST_F(HopStandbyPhones, OneThatUnregistersLosesIts) {
  static_cast<void>(enrol(1));
  const LinkId ahead = hop_.ready();
  static_cast<void>(enrol(1, 0));
  EXPECT_EQ(pools(), 0U);
  EXPECT_TRUE(hop_.closed(ahead));
}

TEST_F(HopStandbyPhones, ThatAnotherOfItsUserStaysKeepsNoneForIt) {
  static_cast<void>(enrol(1));
  other_ = enrol(2);
  EXPECT_EQ(pools(), 2U);
  static_cast<void>(enrol(1, 0));
  ASSERT_EQ(pools(), 1U);
  EXPECT_EQ(hop_.report().peer, "tor:" + onion(2) + ":5061");
}

TEST_F(HopStandbyPhones, OfManyContactsOfOneRegisterTwoCount) { // whoever may register says what is dialled
  more_ = ", <" + contact_at(7) + ">;expires=600, <" + contact_at(8) + ">;expires=600";
  static_cast<void>(enrol(1));
  EXPECT_LE(pools(), 2U);
}

TEST_F(HopStandbyPhones, PeersOfTheConfigurationComeFirst) {
  Config config = beside_a_proxy(8);
  config.standby.parallel = 2;
  const Config sample = sample_config();
  config.peers = {sample.peers[0]};
  config.routes = {sample.routes[0]};
  config.routes[0].peers.resize(1);
  StandbyScript hop(config);
  hop_.book.ahead.clear();
  EXPECT_EQ(hop.opened().peer, sample.peers[0].name);
  const LinkId link = hop.accept();
  for (const auto phone : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}})
    static_cast<void>(enrol_at(hop, link, phone, 600, 200));
  EXPECT_EQ(hop.book.ahead.size(), 0U) << "one of two is being opened for the peer, and the other is its as well";
}

TEST_F(HopStandbyPhones, SoDoesOneWhoseRegistrationEnds) {
  static_cast<void>(enrol(1, 600));
  static_cast<void>(hop_.ready());
  hop_.wait(599s);
  EXPECT_EQ(pools(), 1U);
  hop_.wait(2s);
  EXPECT_EQ(pools(), 0U);
}

TEST_F(HopStandbyPhones, OfTooManyTheOneThatRegisteredLongestAgoLosesIts) {
  for (const auto phone : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    static_cast<void>(enrol(phone));
    hop_.wait(1s);
  }
  std::vector<std::string> peers;
  for (const StandbyReport& report : hop_.hop.standby_reports(hop_.book.time))
    peers.push_back(report.peer);
  EXPECT_THAT(peers, ::testing::UnorderedElementsAre("tor:" + onion(2) + ":5061", "tor:" + onion(3) + ":5061"));
}

TEST_F(HopStandbyPhones, ACallToOneThatHadNoneGivesItSome) {
  const std::string stored = enrol(1);
  static_cast<void>(enrol(2));
  static_cast<void>(enrol(3)); // 1 has lost its
  hop_.book.ahead.clear();
  call(stored);
  EXPECT_EQ(hop_.book.dials.size(), 1U) << "for this call itself";
  EXPECT_EQ(hop_.hop.standby_reports(hop_.book.time).back().peer, "tor:" + onion(1) + ":5061");
}

class HopStandbyNoPhones : public HopStandbyPhones {
 protected:
  HopStandbyNoPhones() : HopStandbyPhones(0) {}
};

TEST_F(HopStandbyNoPhones, NobodysWithoutLeave) {
  call(enrol(1));
  EXPECT_TRUE(hop_.opens_none());
  EXPECT_EQ(hop_.book.dials.size(), 1U);
}

} // namespace
} // namespace sipveil::hop::test
