// Responses: asserted identities and the Contacts of redirections.
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(OutwardResponse, NamesOnlyWhomTheWireKnows) {
  const Folder folder;
  Place proxy(sidecar(folder, "b.example"), '2');
  const Folder of_phone;
  Place phone(phone_a(of_phone));
  const Result sent = phone.out(Draft{}.message());
  const Result seen = proxy.in(sent.message.clone());
  const std::string beside(seen.message.to_uri());
  const auto answered =
      proxy.out_response(response(200, "P-Asserted-Identity: \"Bob\" <" + beside +
                                           ">\r\nP-Asserted-Identity: <sip:bob.b@b.example>\r\n"
                                           "Remote-Party-ID: \"Bob\" <sip:bob.b@b.example>;party=called\r\n"));
  EXPECT_EQ(answered.header("P-Asserted-Identity"), std::string(sent.message.to()));
  EXPECT_EQ(answered.header("Remote-Party-ID"), std::nullopt);
  EXPECT_THAT(answered.print(), Not(HasSubstr("ob.b")));
}

TEST(OutwardResponse, RedirectionsAreSealed) {
  const Folder folder;
  Config config = sidecar(folder, "b.example");
  folder.pin("c.example", KeyKind::x25519);
  Place proxy(std::move(config), '2');
  const auto moved = proxy.out_response(
      response(302, "Contact: \"Carol\" <sip:carol.c@c.example;x=1>;q=0.7, <sip:dave.d@nokey.example>\r\n"
                    "Contact: <tel:+4930123>, <sip:eve.e@192.0.2.1:5070>, <sip:eve.e@[2001:db8::1]>\r\n"));
  EXPECT_THAT(moved.contacts(), ElementsAre(MatchesRegex("<sip:pv[a-z2-7]+@c\\.example>")));
  // Whom the token names his own home can tell, whatever call it comes by.
  const Folder of_c;
  Place home(sidecar(of_c, "c.example"), '3');
  const std::string uri = uri_of(moved.contacts().at(0));
  const Result seen = home.in(Draft{.uri = uri, .from = "<sip:x@y.example>;tag=1", .to = "<" + uri + ">"}.message(),
                              {.wire_id = "another"});
  ASSERT_FALSE(seen.refusal);
  EXPECT_EQ(user_of(seen.message.request_uri()), "carol.c");
  EXPECT_EQ(user_of(seen.message.to_uri()), "carol.c");
}

TEST(OutwardResponse, RedirectionsPassWithoutPrivasipTwo) {
  const Folder folder;
  for (int which = 0; which < 2; ++which) {
    Place place(which == 0 ? Config{} : phone_a(folder, Version::privasip_1));
    const auto moved = place.out_response(
        response(302, "Contact: \"Carol\" <sip:carol.c@c.example;x=1>;q=0.7\r\nContact: <sip:x@192.0.2.1>\r\n"));
    EXPECT_THAT(moved.contacts(), ElementsAre("<sip:carol.c@c.example>"));
  }
}

TEST(OutwardResponse, OtherContactsAreNotItsBusiness) {
  const Folder folder;
  Place phone(phone_a(folder));
  for (const int status : {180, 200, 404, 600})
    EXPECT_THAT(phone.out_response(response(status, "Contact: <sip:x@192.0.2.1>\r\n")).contacts(),
                ElementsAre("<sip:x@192.0.2.1>"));
}

TEST(OutwardResponse, ARedirectionToNobodyNamesNobody) {
  const Folder folder;
  Place phone(phone_a(folder));
  EXPECT_THAT(phone.out_response(response(300, "Contact: <sip:dave.d@nokey.example>, <sip:c.example>\r\n")).contacts(),
              IsEmpty());
  EXPECT_THAT(phone.out_response(response(302, "")).contacts(), IsEmpty());
}

TEST(InwardResponse, ShowsWhomItCanOpen) {
  const Folder of_b;
  const Folder of_phone;
  Place phone(phone_a(of_phone));
  Place proxy(sidecar(of_b, "b.example"), '2');
  const Result sent = phone.out(Draft{}.message());
  const std::string line = "P-Asserted-Identity: \"B\" " + std::string(sent.message.to()) +
                           "\r\nRemote-Party-ID: \"C\" <sip:c@c.example;x=1>;party=called\r\n";
  const auto at_proxy = proxy.in_response(response(200, line));
  EXPECT_THAT(at_proxy.header("P-Asserted-Identity").value_or(""), HasSubstr("<sip:bob.b@b.example;sv="));
  EXPECT_EQ(at_proxy.header("Remote-Party-ID"), "<sip:c@c.example>");
  EXPECT_EQ(phone.in_response(response(200, line)).header("P-Asserted-Identity"), std::string(sent.message.to()));
  EXPECT_EQ(phone.in_response(response(200, "P-Asserted-Identity: nonsense <\r\n")).header("P-Asserted-Identity"),
            std::nullopt);
}

// From and To of a response are those of its request, and not looked at.
TEST(Response, PartiesStay) {
  const Folder folder;
  Place phone(phone_a(folder));
  EXPECT_EQ(phone.out_response(response(200, "")).print(), response(200, "").print());
  EXPECT_EQ(phone.in_response(response(200, "")).print(), response(200, "").print());
}

} // namespace
} // namespace sipveil::identity::test
