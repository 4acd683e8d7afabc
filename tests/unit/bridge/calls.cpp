#include "bridge/hop/calls.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

using sip::Method;

const TimePoint start{1h};

class CallBookTest : public ::testing::Test {
 protected:
  /// When the call would be taken out of the book if nothing more happened.
  Duration ends_after() const {
    return book_.next_deadline() == TimePoint::max() ? Duration::max() : book_.next_deadline() - start;
  }

  KeyedHash hash_;
  CallBook book_{hash_};
};

TEST_F(CallBookTest, OneCallForEachCallId) {
  Call& call = book_.open("a");
  EXPECT_EQ(&book_.open("a"), &call);
  EXPECT_EQ(book_.find("a"), &call);
  EXPECT_EQ(book_.find(call.key), &call);
  EXPECT_EQ(book_.find("b"), nullptr);
  EXPECT_NE(&book_.open("b"), &call);
  EXPECT_EQ(book_.size(), 2U);
}

TEST_F(CallBookTest, EndsAMomentAfterItsLastExchange) {
  Call& call = book_.open("a");
  book_.exchange_begins(call);
  book_.exchange_begins(call);
  book_.exchange_ends(call, start);
  EXPECT_EQ(ends_after(), Duration::max());
  book_.exchange_ends(call, start);
  EXPECT_EQ(ends_after(), CallBook::linger);
  EXPECT_EQ(book_.pop_ended(start + CallBook::linger - 1ns), nullptr);
  const auto ended = book_.pop_ended(start + CallBook::linger);
  ASSERT_NE(ended, nullptr);
  EXPECT_EQ(ended.get(), &call);
  EXPECT_EQ(book_.size(), 0U);
  EXPECT_EQ(book_.pop_ended(start + 1h), nullptr);
}

TEST_F(CallBookTest, ANewExchangeInTheMomentKeepsIt) {
  Call& call = book_.open("a");
  book_.exchange_begins(call);
  book_.exchange_ends(call, start);
  book_.exchange_begins(call);
  EXPECT_EQ(book_.pop_ended(start + 1h), nullptr);
}

TEST_F(CallBookTest, ADialogKeepsItUntilItsBye) {
  Call& call = book_.open("a");
  book_.note_dialog(call, true, start);
  book_.note_dialog(call, false, start); // a re-INVITE
  EXPECT_EQ(ends_after(), Duration::max());
  book_.note_response(call, Method::info, 200, 0, start);
  EXPECT_EQ(ends_after(), Duration::max());
  book_.note_response(call, Method::bye, 407, 0, start);
  EXPECT_EQ(ends_after(), Duration::max()) << "it will come again with a password";
  book_.note_response(call, Method::bye, 481, 0, start);
  EXPECT_EQ(ends_after(), CallBook::linger);
}

TEST_F(CallBookTest, AForkedCallEndsWithTheByeOfItsLastDialog) {
  Call& call = book_.open("a");
  book_.note_dialog(call, true, start);
  book_.note_dialog(call, true, start);
  book_.note_response(call, Method::bye, 200, 0, start);
  EXPECT_EQ(ends_after(), Duration::max());
  book_.note_response(call, Method::bye, 200, 0, start);
  EXPECT_EQ(ends_after(), CallBook::linger);
  book_.note_response(call, Method::bye, 200, 0, start);
  EXPECT_EQ(call.dialogs, 0U) << "a BYE too many";
}

TEST_F(CallBookTest, ARefusedInviteMakesNoDialog) {
  Call& call = book_.open("a");
  book_.exchange_begins(call);
  book_.note_response(call, Method::invite, 486, 0, start);
  book_.exchange_ends(call, start);
  EXPECT_EQ(ends_after(), CallBook::linger);
}

TEST_F(CallBookTest, ASubscriptionKeepsItForItsTime) {
  for (const Method method : {Method::subscribe, Method::register_, Method::refer}) {
    Call& call = book_.open("a");
    book_.note_response(call, method, 200, 600, start);
    EXPECT_EQ(ends_after(), 600s + CallBook::linger);
    book_.note_response(call, method, 423, 0, start);
    EXPECT_EQ(ends_after(), 600s + CallBook::linger) << "a failure ends nothing";
    book_.note_response(call, method, 200, 60, start);
    EXPECT_EQ(ends_after(), 600s + CallBook::linger) << "the longest counts";
    book_.note_response(call, method, 200, 0, start);
    EXPECT_EQ(ends_after(), CallBook::linger) << "zero ends it";
  }
}

TEST_F(CallBookTest, NoSubscriptionKeepsALinkForEver) {
  book_.note_response(book_.open("a"), Method::subscribe, 200, 0xffffffff, start);
  EXPECT_EQ(ends_after(), CallBook::longest_subscription + CallBook::linger);
}

TEST_F(CallBookTest, ATerminatingNotifyEndsASubscription) {
  Call& call = book_.open("a");
  book_.note_response(call, Method::subscribe, 200, 600, start);
  book_.note_notify_terminated(call, start);
  EXPECT_EQ(ends_after(), CallBook::linger);
}

TEST_F(CallBookTest, AbandoningGivesUpEverythingButTheExchanges) {
  Call& call = book_.open("a");
  call.link = 7;
  call.last_words = "ACK";
  book_.note_dialog(call, true, start);
  book_.note_response(call, Method::subscribe, 200, 600, start);
  book_.abandon(call, start);
  EXPECT_EQ(call.link, 0U);
  EXPECT_TRUE(call.last_words.empty());
  EXPECT_EQ(ends_after(), CallBook::linger);
}

} // namespace
} // namespace sipveil::hop
