// Phones that register through the bridge, seen from beside their proxy: calls to them go out by the link on which they
// registered, or to the onion address that they named.
#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

const std::string flow_contact = "sip:sealed-by-bobs-bridge@anonymous.invalid";

Config beside_a_proxy() {
  Config config = sample_config();
  config.role = Role::proxy;
  config.tor.emplace();
  return config;
}

class HopRegistered : public ::testing::Test {
 protected:
  /// A REGISTER comes by this link and is answered by the proxy. Returns the Contact that the proxy has stored.
  std::string enrol(Script& hop, LinkId link, const std::string& contact, int status = 200, unsigned cseq = 1) {
    hop.peer(link, Request{.method = "REGISTER",
                           .uri = "sip:bob.example",
                           .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKregister" + std::to_string(cseq),
                           .from = "<sip:bob@bob.example>;tag=r",
                           .call_id = "registration",
                           .cseq = cseq,
                           .extra = "Contact: <" + contact + ">;expires=600\r\n"}
                       .text());
    const Heard come = hop.to_phone();
    const std::string stored(come.message.contact_uri());
    hop.phone(reply(come.message, status, "registrar",
                    status == 200 ? "Contact: <" + stored + ">;expires=600, <sip:bob@192.168.1.77>;expires=9\r\n" : ""),
              udp_phone(5070));
    answer_ = hop.to_link(link).message.contacts();
    return stored;
  }
  /// The proxy's INVITE to what it has stored.
  static Request to_bob_at(const std::string& stored, const std::string& branch = "z9hG4bKproxy") {
    return {.uri = stored,
            .via = "SIP/2.0/UDP 127.0.0.1:5070;branch=" + branch,
            .extra = "Record-Route: <sip:127.0.0.1:5070;lr>\r\nContact: <sip:alice@127.0.0.1:5062>\r\n"};
  }
  Script hop_{beside_a_proxy()};
  LinkId link_ = hop_.accept();
  std::vector<std::string> answer_;
};

TEST_F(HopRegistered, TheProxyStoresAContactThatLeadsHere) {
  EXPECT_THAT(enrol(hop_, link_, flow_contact), MatchesRegex("sip:[a-z2-7]+@127.0.0.1:5060"));
  EXPECT_THAT(answer_, ElementsAre("<" + flow_contact + ">;expires=600")) << "and nobody else's";
  EXPECT_EQ(hop_.hop.registrations(), 1U);
}

TEST_F(HopRegistered, ACallGoesOutByTheLinkOfTheRegistrationAndItsDialogBothWays) {
  const std::string stored = enrol(hop_, link_, flow_contact);
  hop_.phone(to_bob_at(stored).text(), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().status(), 100);
  const Heard invite = hop_.to_link(link_);
  EXPECT_EQ(invite.message.request_uri(), flow_contact);
  EXPECT_TRUE(hop_.book.dials.empty());
  hop_.peer(link_, reply(invite.message, 200, "b", "Contact: <sip:sealed-in-dialog@anonymous.invalid>\r\n"));
  const auto ok = hop_.to_phone().message.clone();
  EXPECT_THAT(ok.record_routes(),
              ElementsAre(MatchesRegex("<sip:127.0.0.1:5060;lr;sv=[a-z2-7]+>"), "<sip:127.0.0.1:5070;lr>"));
  Request ack{.method = "ACK",
              .uri = std::string(ok.contact_uri()),
              .via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKack",
              .to = to_bob(),
              .extra = "Route: " + ok.record_routes()[0] + "\r\n"};
  hop_.phone(ack.text(), udp_phone(5070));
  const Heard passed = hop_.to_link(link_);
  EXPECT_EQ(passed.method(), "ACK");
  EXPECT_EQ(passed.message.request_uri(), "sip:sealed-in-dialog@anonymous.invalid");
  hop_.peer(link_, Request{.method = "BYE",
                           .uri = std::string(invite.message.contact_uri()),
                           .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKbye",
                           .from = "<sip:bob@bob.example>;tag=b",
                           .to = "<sip:alice@alice.example>;tag=" + wire("a"),
                           .call_id = wire("call-1"),
                           .extra = "Route: " + invite.message.record_routes().at(0) + "\r\n"}
                       .text());
  const Heard bye = hop_.to_phone();
  EXPECT_EQ(bye.to.address.text(), "127.0.0.1:5070") << "by the proxy, which recorded its route";
  EXPECT_EQ(bye.message.request_uri(), "sip:alice@127.0.0.1:5062");
  EXPECT_THAT(bye.message.routes(), ElementsAre("<sip:127.0.0.1:5070;lr>"));
}

TEST_F(HopRegistered, WithoutThatLinkTheyAreNotThere) {
  const std::string stored = enrol(hop_, link_, flow_contact);
  hop_.down(link_);
  EXPECT_EQ(hop_.hop.registrations(), 0U);
  hop_.phone(to_bob_at(stored).text(), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().status(), 480);
  EXPECT_TRUE(hop_.silent());
  const LinkId fresh = hop_.accept();
  EXPECT_EQ(enrol(hop_, fresh, flow_contact, 200, 2), stored) << "the same binding";
  hop_.phone(to_bob_at(stored, "z9hG4bKsecond").text(), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().status(), 100);
  EXPECT_EQ(hop_.to_link(fresh).method(), "INVITE");
}

TEST_F(HopRegistered, WhatIsSaidToItInACallWaitsForItsBridgeToClaimItAgain) {
  const std::string stored = enrol(hop_, link_, flow_contact);
  hop_.phone(to_bob_at(stored).text(), udp_phone(5070));
  const Heard invite = hop_.to_link(link_);
  hop_.peer(link_, reply(invite.message, 200));
  hop_.book.inner.pop_front(); // 100
  const std::string route = hop_.to_phone().message.record_routes().at(0);
  hop_.forget();
  hop_.down(link_);
  hop_.phone(Request{.method = "BYE",
                     .via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKbye",
                     .to = to_bob(),
                     .cseq = 2,
                     .extra = "Route: " + route + "\r\n"}
                 .text(),
             udp_phone(5070));
  hop_.wait(3s);
  EXPECT_THAT(hop_.book.dials, SizeIs(0)) << "it cannot be dialled";
  const auto claim = [](const std::string& contact) {
    return Request{.method = "OPTIONS",
                   .uri = "sip:anonymous.invalid",
                   .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKclaim",
                   .call_id = "registration",
                   .extra = "Accept: application/vnd.sipveil.flow\r\nContact: <" + contact + ">\r\n"}
        .text();
  };
  const LinkId stranger = hop_.accept();
  hop_.peer(stranger, claim("sip:sealed-by-another-bridge-altogether@anonymous.invalid"));
  EXPECT_EQ(hop_.to_link(stranger).status(), 200) << "which tells nothing";
  EXPECT_TRUE(hop_.link_hears_nothing(stranger));
  const LinkId fresh = hop_.accept();
  hop_.peer(fresh, claim(flow_contact));
  EXPECT_EQ(hop_.to_link(fresh).method(), "BYE");
  EXPECT_EQ(hop_.to_link(fresh).status(), 200);
}

TEST_F(HopRegistered, ARefusedRegisterBindsNothing) { // nor does it take another's calls
  const std::string stored = enrol(hop_, link_, flow_contact);
  const LinkId stranger = hop_.accept();
  static_cast<void>(enrol(hop_, stranger, flow_contact, 403, 2));
  EXPECT_EQ(hop_.hop.registrations(), 1U);
  hop_.phone(to_bob_at(stored).text(), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().status(), 100);
  EXPECT_EQ(hop_.to_link(link_).method(), "INVITE");
  EXPECT_TRUE(hop_.link_hears_nothing(stranger));
}

TEST_F(HopRegistered, AnOnionContactIsDialledAlsoByARestartedBridge) {
  const auto onion = OnionName::from_public_key({9}).host();
  const std::string contact = "sip:sealed@" + onion + ":5061;transport=tcp";
  const std::string stored = enrol(hop_, link_, contact);
  hop_.down(link_);
  Script restarted(beside_a_proxy());
  for (Script* hop : {&hop_, &restarted}) {
    hop->phone(to_bob_at(stored).text(), udp_phone(5070));
    EXPECT_EQ(hop->to_phone().status(), 100);
    const auto dial = hop->dialled();
    EXPECT_EQ(dial.peer, "tor:" + onion + ":5061");
    EXPECT_TRUE(dial.isolation) << "on a circuit of its own";
    const Heard invite = hop->to_link(dial.link);
    EXPECT_EQ(invite.message.request_uri(), contact);
    EXPECT_THAT(invite.message.record_routes(), SizeIs(1));
  }
}

TEST_F(HopRegistered, ADialogToAnOnionIsDialledAnewAfterARestart) {
  const std::string stored = enrol(hop_, link_, "sip:sealed@" + OnionName::from_public_key({9}).host() + ":5061");
  hop_.phone(to_bob_at(stored).text(), udp_phone(5070));
  const LinkId dialled = hop_.dialled().link;
  hop_.up(dialled);
  hop_.peer(dialled, reply(hop_.to_link(dialled).message, 200));
  hop_.book.inner.pop_front(); // 100
  const std::string route = hop_.to_phone().message.record_routes().at(0);
  Script restarted(beside_a_proxy());
  restarted.phone(Request{.method = "BYE",
                          .via = "SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKbye",
                          .to = to_bob(),
                          .cseq = 2,
                          .extra = "Route: " + route + "\r\n"}
                      .text(),
                  udp_phone(5070));
  EXPECT_EQ(restarted.dialled().peer, "tor:" + OnionName::from_public_key({9}).host() + ":5061");
}

TEST_F(HopRegistered, NobodyIsDialledForAContactThatWasNotSealedHere) {
  const auto onion = OnionName::from_public_key({9}).host();
  for (const std::string& uri : {"sip:x@" + onion + ":5061", "sip:" + std::string(52, 'a') + "@127.0.0.1:5060"}) {
    hop_.phone(to_bob_at(uri, "z9hG4bK" + std::to_string(uri.size())).text(), udp_phone(5070));
    EXPECT_EQ(hop_.to_phone().status(), 404);
  }
  EXPECT_TRUE(hop_.silent());
}

TEST_F(HopRegistered, WithoutTorNoOnionIsDialled) {
  Config config = beside_a_proxy();
  config.tor.reset();
  Script hop(config);
  const std::string stored = enrol(hop, hop.accept(), "sip:sealed@" + OnionName::from_public_key({9}).host() + ":5061");
  hop.phone(to_bob_at(stored).text(), udp_phone(5070));
  EXPECT_EQ(hop.to_phone().status(), 480);
  EXPECT_TRUE(hop.silent());
}

/// A call within one domain's bridge: Alice's bridge and Bob's both hold a link to this one.
TEST_F(HopRegistered, ACalleeWhoseLinkMovesDoesNotDrawTheCallersSideAlong) {
  const std::string stored = enrol(hop_, link_, flow_contact);
  const LinkId from_alice = hop_.accept();
  hop_.peer(from_alice, Request{.via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKalice",
                                .extra = "Contact: <sip:sealed-by-alices@anonymous.invalid>\r\n"}
                            .text());
  const auto at_proxy = hop_.to_phone().message.clone();
  auto onward = at_proxy.clone(); // as the proxy sends it on
  onward.set_request_uri(stored);
  onward.push_record_route("<sip:127.0.0.1:5070;lr>");
  onward.push_via("SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKonward");
  hop_.phone(onward.print(), udp_phone(5070));
  EXPECT_EQ(hop_.to_phone().status(), 100);
  const auto at_bob = hop_.to_link(link_).message.clone();
  hop_.peer(link_, reply(at_bob, 200, "b", "Contact: <sip:sealed-in-dialog@anonymous.invalid>\r\n"));
  const auto ok = hop_.to_phone().message.clone();
  auto back = parsed(ok.print());
  back.pop_via();
  hop_.phone(back.print(), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(from_alice).status(), 200);

  hop_.down(link_); // Bob's bridge dials again and hangs up
  const LinkId moved = hop_.accept();
  hop_.peer(moved, Request{.method = "BYE",
                           .uri = std::string(at_bob.contact_uri()),
                           .via = "SIP/2.0/TCP anonymous.invalid;branch=z9hG4bKbye",
                           .from = "<sip:bob@bob.example>;tag=b",
                           .to = "<sip:alice@alice.example>;tag=a",
                           .extra = "Route: " + at_bob.record_routes().at(0) + "\r\n"}
                       .text());
  auto bye = hop_.to_phone().message.clone();
  EXPECT_EQ(bye.method(), sip::Method::bye);
  bye.pop_route(); // the proxy's own
  bye.push_via("SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKbye");
  hop_.phone(bye.print(), udp_phone(5070));
  EXPECT_EQ(hop_.to_link(from_alice).method(), "BYE");
  EXPECT_TRUE(hop_.link_hears_nothing(moved));
}

} // namespace
} // namespace sipveil::hop::test
