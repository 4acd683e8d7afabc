// A request with tokens comes once: RFC 9180 section 9.7 leaves that to us.
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

namespace sipveil::identity::test {
namespace {

class Replay : public ::testing::Test {
 protected:
  Folder of_phone, of_a;
  Place phone{phone_a(of_phone)};
  Place home{sidecar(of_a, "a.example"), '1'};
};

TEST_F(Replay, IsRefused) {
  const Result sent = phone.out(Draft{}.message());
  EXPECT_EQ(home.in(sent.message.clone()).status(), 0);
  EXPECT_EQ(home.in(sent.message.clone()).status(), 482);
}

TEST_F(Replay, ARequestWithCredentialsHasTheNextNumber) {
  const Result first = phone.out(Draft{}.message());
  const Result second =
      phone.out(Draft{.lines = "Proxy-Authorization: " + Signature{}.value() + "\r\n", .cseq = 2}.message());
  EXPECT_EQ(second.message.from_uri(), first.message.from_uri());
  EXPECT_EQ(home.in(first.message.clone()).status(), 0);
  EXPECT_EQ(home.in(second.message.clone()).status(), 0);
  EXPECT_EQ(home.in(first.message.clone()).status(), 482);
  EXPECT_EQ(home.in(second.message.clone()).status(), 482);
}

TEST_F(Replay, OldOnesAreUnknown) {
  const Result sent = phone.out(Draft{}.message());
  for (const UnixSeconds late : {601, -601}) {
    const Result seen = home.in(sent.message.clone(), {.now = clock_now + late});
    ASSERT_TRUE(seen.refusal);
    EXPECT_EQ(seen.refusal->status, not_found.status);
    EXPECT_EQ(seen.refusal->why, not_found.why);
  }
  EXPECT_EQ(home.in(sent.message.clone(), {.now = clock_now + 600}).status(), 0);
}

TEST_F(Replay, TheWindowIsConfigured) {
  Config config = sidecar(of_a, "a.example");
  config.identity->replay_window = std::chrono::seconds(60);
  Place strict(std::move(config), '1');
  const Result sent = phone.out(Draft{}.message());
  EXPECT_EQ(strict.in(sent.message.clone(), {.now = clock_now + 61}).status(), 404);
  EXPECT_EQ(strict.in(sent.message.clone(), {.now = clock_now + 60}).status(), 0);
}

// A dialog may last longer than the window, and its requests are told by their sequence numbers.
TEST_F(Replay, InTheDialogNothingIsCounted) {
  const Result first = phone.out(Draft{}.message());
  EXPECT_EQ(home.in(first.message.clone()).status(), 0);
  const Result bye = phone.out(
      Draft{.method = "BYE", .uri = "sip:c@anonymous.invalid", .to = "<" + bob_uri + ">;tag=t1", .cseq = 2}.message(),
      {.sealing = first.caller.sealing});
  for (int times = 0; times < 2; ++times) {
    const Result seen = home.in(bye.message.clone(), {.opened_inside = false, .now = clock_now + 7200});
    EXPECT_EQ(seen.status(), 0);
    EXPECT_EQ(user_of(seen.message.from_uri()), "alice.w");
  }
}

// A proxy sends one call to each phone of the callee.
TEST_F(Replay, EachContactIsCalledOnce) {
  const Folder of_b;
  Place callee_home(sidecar(of_b, "b.example"), '2');
  Result sent = phone.out(Draft{.uri = bob_uri + ";caller_known_to=callee-home"}.message());
  for (const std::string contact : {"sip:one@x.onion", "sip:two@x.onion"}) {
    sent.message.set_request_uri(contact);
    EXPECT_EQ(callee_home.in(sent.message.clone()).status(), 0);
    EXPECT_EQ(callee_home.in(sent.message.clone()).status(), 482);
  }
}

// Who could open nothing has nothing to count.
TEST_F(Replay, ForeignTokensAreNotCounted) {
  const Folder of_c;
  Place other(sidecar(of_c, "c.example"), '3');
  const Result sent = phone.out(Draft{}.message());
  for (int times = 0; times < 2; ++times)
    EXPECT_EQ(other.in(sent.message.clone()).status(), 0);
}

} // namespace
} // namespace sipveil::identity::test
