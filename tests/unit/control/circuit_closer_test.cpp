#include "control/circuit_closer.h"
#include "tests/unit/control/client_fixture.h"

#include <gmock/gmock.h>

namespace sipveil::control {
namespace {

using namespace sipveil::testing;

class CircuitCloserTest : public ClientFixture {
 protected:
  void SetUp() override {
    closer = CircuitCloser::create(connected());
    ASSERT_TRUE(run(io, closer->connected()).has_value());
    fake.behaviour.circuits = {"5", "6"};
  }
  /// By the time of the answer the events before it have been taken.
  void settle() { ASSERT_TRUE(run(io, client->command("GETINFO version")).has_value()); }
  void event(const std::string& text) {
    fake.event(text + R"( SOCKS_USERNAME="u" SOCKS_PASSWORD="p")");
    settle();
  }
  ~CircuitCloserTest() override {
    if (closer) closer->stop();
  }

  const Isolation credential{"u", "p"};
  std::shared_ptr<CircuitCloser> closer;
};

TEST_F(CircuitCloserTest, ClosesWhatTheEndOfALinkLeaves) {
  EXPECT_THAT(fake.commands, ::testing::Contains("SETEVENTS CIRC STREAM"));
  closer->link_opened(credential);
  event("STREAM 9 SENTCONNECT 5 h:1");
  EXPECT_EQ(closer->book().circuits(), 1U);
  EXPECT_EQ(fake.count("CLOSECIRCUIT"), 0U);
  closer->link_closed(credential);
  ASSERT_TRUE(run_until(io, [&] { return fake.count("CLOSECIRCUIT") == 1; }));
  EXPECT_EQ(fake.behaviour.circuits, std::set<std::string>{"6"});
}

TEST_F(CircuitCloserTest, ACircuitThatComesLateEndsTheWait) {
  closer->link_opened(credential);
  closer->link_closed(credential);
  settle();
  event("CIRC 6 EXTENDED $A~a PURPOSE=GENERAL");
  ASSERT_TRUE(run_until(io, [&] { return fake.count("CLOSECIRCUIT") == 1; }));
}

TEST_F(CircuitCloserTest, NothingBreaksWithoutAConnection) {
  closer->link_opened(credential);
  event("STREAM 9 SENTCONNECT 5 h:1");
  fake.drop_all();
  ASSERT_TRUE(run_until(io, [&] { return closer->book().circuits() == 0; }));
  closer->link_closed(credential);
  ASSERT_TRUE(run(io, client->connect()).has_value());
  ASSERT_TRUE(run(io, closer->connected()).has_value());
  EXPECT_EQ(fake.count("CLOSECIRCUIT"), 0U);
  event("STREAM 9 CLOSED 5 h:1");
  ASSERT_TRUE(run_until(io, [&] { return fake.count("CLOSECIRCUIT") == 1; }));
}

} // namespace
} // namespace sipveil::control
