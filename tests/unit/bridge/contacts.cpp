#include "bridge/hop/contacts.h"

#include "tests/unit/bridge/sip_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

using test::parsed;
using test::reply;
using test::Request;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

SecretBytes key_of(unsigned char byte) {
  const std::vector<unsigned char> bytes(32, byte);
  return SecretBytes(std::span<const unsigned char>(bytes));
}

/// One bridge's view.
struct Bridge {
  explicit Bridge(unsigned char key = 1) : seal(key_of(key)) {}
  LocalSeal seal;
  Contacts contacts{seal};
};

constexpr std::string_view phone_uri = "sip:alice@192.168.1.20:5062;transport=tcp;ob";
constexpr std::string_view listener = "127.0.0.1:5060";

sip::Message request(std::string method, const std::string& contact) {
  return parsed(Request{.method = std::move(method), .extra = "Contact: " + contact + "\r\n"}.text());
}
sip::Message response(std::string method, int status, const std::string& contact) {
  return parsed(
      reply(parsed(Request{.method = std::move(method)}.text()), status, "b", "Contact: " + contact + "\r\n"));
}
/// The URI inside <...>.
std::string uri_of(const std::string& member) {
  const auto begin = member.find('<');
  return member.substr(begin + 1, member.find('>') - begin - 1);
}

class ContactsOfDialogs : public ::testing::TestWithParam<int> { // status; 0: the request
 protected:
  static sip::Message message(const std::string& contact) {
    return GetParam() == 0 ? request("INVITE", contact) : response("INVITE", GetParam(), contact);
  }
};

TEST_P(ContactsOfDialogs, AreSealedOutwardAndOpenedFromARequestUri) {
  const Bridge bridge;
  const Bridge restarted;
  auto sent = message("\"Alice\" <" + std::string(phone_uri) + ">;+sip.instance=\"<urn:uuid:1>\";q=0.5;expires=60");
  bridge.contacts.outward(sent, "call-1", "");
  ASSERT_THAT(sent.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
  EXPECT_EQ(restarted.contacts.contact_of(sent.contact_uri(), "call-1"), phone_uri);
  EXPECT_FALSE(restarted.contacts.contact_of(sent.contact_uri(), "call-2")) << "good in its dialog alone";
  EXPECT_FALSE(Bridge(2).contacts.contact_of(sent.contact_uri(), "call-1"));
  EXPECT_FALSE(bridge.contacts.far_contact_of(sent.contact_uri()));
  EXPECT_FALSE(bridge.contacts.registered_of(sent.contact_uri()));
}

TEST_P(ContactsOfDialogs, AreSealedInwardAndOpenedFromARequestUri) {
  const Bridge bridge;
  auto come = message("<sip:sealed-there@anonymous.invalid>;x=y");
  bridge.contacts.inward(come, listener);
  ASSERT_THAT(come.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
  EXPECT_EQ(bridge.contacts.far_contact_of(come.contact_uri()), "sip:sealed-there@anonymous.invalid");
  EXPECT_FALSE(bridge.contacts.contact_of(come.contact_uri(), "call-1"));
}

TEST_P(ContactsOfDialogs, BesideAProxyPassInByOneLinkAndOutByAnotherAsTheyWere) {
  const Bridge bridge;
  auto through = message("<sip:sealed-there@anonymous.invalid>");
  bridge.contacts.inward(through, listener);
  bridge.contacts.outward(through, "call-1", "");
  EXPECT_THAT(through.contacts(), ElementsAre("<sip:sealed-there@anonymous.invalid>"));
}

TEST_P(ContactsOfDialogs, StaySealedWhereBothEndsOfACallUseOneBridge) { // what one writes into a Request-URI leaves
  const Bridge bridge;
  auto come = message("<" + std::string(phone_uri) + ">");
  bridge.contacts.outward(come, "call-1", "");
  const std::string on_the_wire(come.contact_uri());
  bridge.contacts.inward(come, listener);
  ASSERT_THAT(come.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>")));
  EXPECT_EQ(bridge.contacts.far_contact_of(come.contact_uri()), on_the_wire);
  EXPECT_EQ(bridge.contacts.contact_of(on_the_wire, "call-1"), phone_uri) << "when it comes in again";
}

TEST_P(ContactsOfDialogs, CannotBeAStarAndNotTooLong) {
  const Bridge bridge;
  for (const std::string& contact : {std::string("*"), "<sip:" + std::string(600, 'x') + "@192.168.1.20>"}) {
    auto out = message(contact);
    bridge.contacts.outward(out, "call-1", "");
    EXPECT_THAT(out.contacts(), IsEmpty());
    auto in = message(contact);
    bridge.contacts.inward(in, listener);
    EXPECT_THAT(in.contacts(), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(RequestAndAnswers, ContactsOfDialogs, ::testing::Values(0, 180, 183, 200));

TEST(Contacts, OfOnePhoneInTwoDialogsDiffer) {
  const Bridge bridge;
  const auto in_dialog = [&](std::string_view dialog) {
    auto sent = request("INVITE", "<" + std::string(phone_uri) + ">");
    bridge.contacts.outward(sent, dialog, "");
    return std::string(sent.contact_uri());
  };
  EXPECT_EQ(in_dialog("call-1"), in_dialog("call-1")) << "target refreshes compare";
  EXPECT_NE(in_dialog("call-1"), in_dialog("call-2"));
}

TEST(Contacts, AreNoneWhereThereAreNone) {
  const Bridge bridge;
  auto sent = parsed(Request{}.text());
  const std::string before = sent.print();
  bridge.contacts.outward(sent, "call-1", "");
  bridge.contacts.inward(sent, listener);
  EXPECT_EQ(sent.print(), before);
}

TEST(Contacts, OfRedirectionsAreLeftToTheIdentityStepOutward) { // they name somebody else, not this phone
  const Bridge bridge;
  auto moved = response("INVITE", 302, "<sip:carol@carol.example>");
  bridge.contacts.outward(moved, "call-1", "");
  EXPECT_THAT(moved.contacts(), ElementsAre("<sip:carol@carol.example>"));
}

TEST(Contacts, OfRedirectionsAreSealedInwardAndOpenedWhereAProxyPassesThemOn) {
  const Bridge bridge;
  auto moved = response("INVITE", 302, "<sip:carol@carol.example>, <sip:dave@dave.example>;q=0.5");
  bridge.contacts.inward(moved, listener);
  ASSERT_EQ(moved.contacts().size(), 2U);
  EXPECT_EQ(bridge.contacts.far_contact_of(uri_of(moved.contacts()[1])), "sip:dave@dave.example");
  bridge.contacts.open_redirection(moved);
  EXPECT_THAT(moved.contacts(), ElementsAre("<sip:carol@carol.example>", "<sip:dave@dave.example>"));
  auto answered = response("INVITE", 200, "<" + std::string(phone_uri) + ">");
  bridge.contacts.open_redirection(answered);
  EXPECT_THAT(answered.contacts(), ElementsAre("<" + std::string(phone_uri) + ">")) << "nothing else is touched";
}

TEST(Contacts, OfFailuresDoNotPass) { // some phones tell where they are even then
  const Bridge bridge;
  for (const int status : {401, 404, 485, 486, 503, 603}) {
    auto out = response("INVITE", status, "<" + std::string(phone_uri) + ">");
    bridge.contacts.outward(out, "call-1", "");
    EXPECT_THAT(out.contacts(), IsEmpty()) << status;
    auto in = response("INVITE", status, "<sip:bob@192.0.2.9>");
    bridge.contacts.inward(in, listener);
    EXPECT_THAT(in.contacts(), IsEmpty()) << status;
  }
}

TEST(Contacts, OfARegisterAreSealedOneByOneAndKeepExpiresAndQ) {
  const Bridge bridge;
  auto sent = request("REGISTER", "<sip:alice@192.168.1.20:5062;ob>;expires=600;q=0.7;+sip.instance=\"<urn:uuid:1>\";"
                                  "reg-id=1;methods=\"INVITE\", <sip:alice@192.168.1.21>;EXPIRES=0;q=x");
  bridge.contacts.outward(sent, "call-1", "");
  EXPECT_THAT(sent.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>;expires=600;q=0.7"),
                                           MatchesRegex("<sip:[a-z2-7]+@anonymous.invalid>;EXPIRES=0")));
  EXPECT_EQ(bridge.contacts.contact_of(uri_of(sent.contacts()[0]), "call-1"), "sip:alice@192.168.1.20:5062;ob");
  EXPECT_EQ(bridge.contacts.contact_of(uri_of(sent.contacts()[1]), "call-1"), "sip:alice@192.168.1.21");
}

TEST(Contacts, OfARegisterNameTheOnionIfThereIsOne) {
  const Bridge bridge;
  auto sent = request("REGISTER", "<" + std::string(phone_uri) + ">");
  bridge.contacts.outward(sent, "call-1", "expyuzz4wqqyqhjn.onion:5060");
  ASSERT_THAT(sent.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@expyuzz4wqqyqhjn.onion:5060;transport=tcp>")));
  EXPECT_EQ(bridge.contacts.contact_of(uri_of(sent.contacts()[0]), "call-1"), phone_uri);
  auto invite = request("INVITE", "<" + std::string(phone_uri) + ">");
  bridge.contacts.outward(invite, "call-1", "expyuzz4wqqyqhjn.onion:5060");
  EXPECT_THAT(invite.contacts(), ElementsAre(EndsWith("@anonymous.invalid>"))) << "who is called must not learn it";
}

TEST(Contacts, AStarTakesAllBindingsAway) {
  const Bridge bridge;
  auto sent = request("REGISTER", "*");
  bridge.contacts.outward(sent, "call-1", "");
  bridge.contacts.inward(sent, listener);
  EXPECT_THAT(sent.contacts(), ElementsAre("*"));
}

TEST(Contacts, OfARegisterLeadOurProxyBackToUs) {
  const Bridge bridge;
  auto come = request("REGISTER", "<sip:there@anonymous.invalid>;expires=600;q=1.0;x=y, "
                                  "<sip:there@expyuzz4wqqyqhjn.onion:5060;transport=tcp>");
  EXPECT_THAT(Contacts::registering(come),
              ElementsAre("sip:there@anonymous.invalid", "sip:there@expyuzz4wqqyqhjn.onion:5060;transport=tcp"));
  bridge.contacts.inward(come, listener);
  EXPECT_THAT(come.contacts(), ElementsAre(MatchesRegex("<sip:[a-z2-7]+@127.0.0.1:5060>;expires=600;q=1.0"),
                                           MatchesRegex("<sip:[a-z2-7]+@127.0.0.1:5060>")));
  EXPECT_EQ(bridge.contacts.registered_of(uri_of(come.contacts()[0])), "sip:there@anonymous.invalid");
  EXPECT_EQ(bridge.contacts.registered_of(uri_of(come.contacts()[1])),
            "sip:there@expyuzz4wqqyqhjn.onion:5060;transport=tcp");
  EXPECT_FALSE(bridge.contacts.far_contact_of(uri_of(come.contacts()[0])));
  EXPECT_FALSE(bridge.contacts.contact_of(uri_of(come.contacts()[0]), "call-1"));
}

TEST(Contacts, AreFoundAgainWhateverTheProxyAddsToTheUri) {
  const Bridge bridge;
  auto come = request("REGISTER", "<sip:there@anonymous.invalid>");
  bridge.contacts.inward(come, listener);
  const std::string uri(come.contact_uri());
  std::string user = uri.substr(4, uri.find('@') - 4);
  EXPECT_EQ(bridge.contacts.registered_of(uri + ";alias=127.0.0.1~5060~1"), "sip:there@anonymous.invalid");
  EXPECT_EQ(bridge.contacts.registered_of("sip:" + user + "@192.168.1.2:5080"), "sip:there@anonymous.invalid");
  EXPECT_FALSE(bridge.contacts.registered_of("tel:" + user));
  EXPECT_FALSE(bridge.contacts.registered_of("sip:x" + user + "@127.0.0.1:5060"));
  EXPECT_FALSE(bridge.contacts.registered_of("sip:127.0.0.1:5060"));
  EXPECT_FALSE(bridge.contacts.registered_of(""));
}

TEST(Contacts, InTheAnswerToARegisterAreThePhonesOwnAgainAndNobodyElses) {
  const Bridge phones(1);
  const Bridge sidecar(2);
  auto sent = request("REGISTER", "<" + std::string(phone_uri) + ">;expires=600");
  phones.contacts.outward(sent, "call-1", "");
  const std::string on_the_wire(sent.contact_uri());
  sidecar.contacts.inward(sent, listener);
  const std::string stored(sent.contact_uri());

  // The proxy lists its whole location table: a desk phone that registered without us, and another bridge's.
  auto listed = response("REGISTER", 200,
                         "<sip:alice@192.168.1.77:5060>;expires=99, <" + stored +
                             ">;expires=600;q=0.9;+sip.instance=\"<urn:uuid:1>\", "
                             "<sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@127.0.0.1:5060>");
  sidecar.contacts.outward(listed, "call-1", "");
  EXPECT_THAT(listed.contacts(), ElementsAre("<" + on_the_wire + ">;expires=600;q=0.9"));
  auto foreign = response("REGISTER", 200, "<" + on_the_wire + ">;expires=600;q=0.9, <sip:another@anonymous.invalid>");
  phones.contacts.inward(foreign, listener);
  EXPECT_THAT(foreign.contacts(), ElementsAre("<" + std::string(phone_uri) + ">;expires=600;q=0.9"));
}

} // namespace
} // namespace sipveil::hop
