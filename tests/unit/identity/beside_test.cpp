// The parameter beside a name, at a phone: good in its dialog alone, and never made up for.
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A name out of a phone's list of calls may still have the parameter that stood beside it: it is a new call.
TEST(BesideAName, ACallBackIsSealedAnew) {
  const Folder folder;
  const Folder of_b;
  const Folder of_bob;
  Config config = phone_a(folder);
  folder.pin("bob.b@b.example", KeyKind::x25519);
  config.identity->caller_known_to = KnownTo::callee;
  Place caller(std::move(config));
  Config of_callee = phone_b(of_bob);
  of_bob.own("bob.b@b.example", KeyKind::x25519);
  Place callee(std::move(of_callee), 'b');
  const Result seen = callee.in(caller.out(Draft{}.message()).message.clone());
  const std::string known_as(seen.message.from_uri());
  ASSERT_THAT(known_as, HasSubstr("sip:alice.w@a.example;svh="));

  const Result back =
      callee.out(Draft{.uri = known_as, .from = "<" + bob_uri + ">;tag=f2", .to = "<" + known_as + ">"}.message(),
                 {.wire_id = "wire-2@anonymous.invalid"});
  ASSERT_FALSE(back.refusal);
  const Folder of_a;
  Place home(sidecar(of_a, "a.example"), '1');
  const Result come = home.in(back.message.clone(), {.wire_id = "wire-2@anonymous.invalid"});
  ASSERT_FALSE(come.refusal);
  EXPECT_EQ(user_of(come.message.to_uri()), "alice.w");
  EXPECT_EQ(user_of(come.message.request_uri()), "alice.w");
}

// What stands beside a name and is not of this dialog gives no leave to show the name.
TEST(BesideAName, AParameterOfAnotherDialogHidesNothingAway) {
  const Folder folder;
  Place phone(phone_a(folder));
  const std::string lines =
      "P-Asserted-Identity: <sip:carol.c@b.example;sv=abc>\r\nReferred-By: <sip:alice.w@a.example;svh=abc>\r\n"
      "Refer-To: <sip:carol.c@b.example;sv=abc>\r\n";
  const Result sent = phone.out(Draft{.method = "REFER", .lines = lines}.message());
  ASSERT_FALSE(sent.refusal);
  EXPECT_THAT(sent.message.print(), AllOf(Not(HasSubstr("carol.c")), Not(HasSubstr("alice.w"))));
  EXPECT_THAT(sent.message.header("Refer-To").value_or(""), HasSubstr("<sip:pv"));
}

// A phone that does not keep the whole address of its caller would name in clear whom the wire knows by a token.
TEST(BesideAName, ATokenThatThePhoneHasLostIsNotMadeUpFor) {
  const Folder folder;
  Place phone(phone_b(folder));
  const Draft draft{.method = "BYE",
                    .uri = "sip:c@anonymous.invalid",
                    .from = "<" + bob_uri + ">;tag=t1",
                    .to = "<" + alice_uri + ">;tag=f1"};
  for (const auto& [sealed, status] : {std::pair{0, 0}, {1, 403}, {2, 403}, {3, 403}}) {
    const Result sent = phone.out(draft.message(), {.opened_inside = false,
                                                    .sealing = phone.step().own_sealing(),
                                                    .sealed_parties = static_cast<std::uint8_t>(sealed)});
    EXPECT_EQ(sent.status(), status) << sealed;
  }
}

} // namespace
} // namespace sipveil::identity::test
