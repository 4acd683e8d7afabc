#include "bridge/hop/aliases.h"

#include "tests/unit/bridge/sip_builder.h"

#include <gtest/gtest.h>

namespace sipveil::hop {
namespace {

using test::parsed;
using test::Request;

SecretBytes key_of(unsigned char byte) {
  const std::vector<unsigned char> bytes(32, byte);
  return SecretBytes(std::span<const unsigned char>(bytes));
}

/// One bridge's view.
struct Bridge {
  explicit Bridge(unsigned char key = 1) : seal(key_of(key)) {}
  LocalSeal seal;
  Aliases aliases{seal};
};

const std::string some_ids[] = {"a",
                                "call-1",
                                "3848276298220188511@atlanta.example.com",
                                "f81d4fae-7dec-11d0@192.0.2.7",
                                std::string(80, 'a'),
                                std::string(64, '2'),
                                "{w^i\"rd}<id>"};

TEST(Aliases, AreABijectionWithoutMemory) {
  const Bridge bridge;
  const Bridge restarted;
  for (const std::string& id : some_ids) {
    const std::string wire = bridge.aliases.to_wire(id);
    EXPECT_NE(wire, id);
    EXPECT_EQ(restarted.aliases.to_wire(id), wire);
    EXPECT_EQ(restarted.aliases.to_inner(wire), id);
    const std::string inner = bridge.aliases.to_inner(id);
    EXPECT_NE(inner, id);
    EXPECT_NE(inner, wire) << "the two sides name one thing differently";
    EXPECT_EQ(restarted.aliases.to_wire(inner), id);
  }
}

TEST(Aliases, AreOfOneBridge) {
  const Bridge bridge(1);
  const Bridge other(2);
  for (const std::string& id : some_ids) {
    EXPECT_NE(bridge.aliases.to_wire(id), other.aliases.to_wire(id));
    EXPECT_NE(other.aliases.to_inner(bridge.aliases.to_wire(id)), id);
  }
}

TEST(Aliases, ThroughManyBridgesComeBackAndDoNotDouble) { // phone, its bridge, a sidecar, a sidecar, a bridge
  const Bridge chain[] = {Bridge(1), Bridge(2), Bridge(3), Bridge(4)};
  for (const std::string& id : some_ids) {
    const std::string wire = chain[0].aliases.to_wire(id);
    std::vector<std::string> seen{id, wire};
    std::string there = wire;
    for (int sidecar = 1; sidecar <= 2; ++sidecar) {
      const std::string inside = chain[sidecar].aliases.to_inner(there);
      seen.push_back(inside);
      there = chain[sidecar].aliases.to_wire(inside);
      EXPECT_EQ(there, wire) << "the wire's name is one from end to end";
    }
    seen.push_back(chain[3].aliases.to_inner(there));
    EXPECT_LE(seen.back().size(), wire.size() + 52) << "a block and an IV more, not half as much again";
    for (std::size_t i = 0; i < seen.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        EXPECT_NE(seen[i], seen[j]) << "no two parts of the way share an identifier";
    EXPECT_EQ(chain[0].aliases.to_inner(chain[3].aliases.to_wire(seen.back())), id);
  }
}

TEST(Aliases, OfWhatIsTooLongAreEmpty) {
  const Bridge bridge;
  const std::string longest(LocalSeal::max_text, '-');
  EXPECT_EQ(bridge.aliases.to_inner(bridge.aliases.to_wire(longest)), longest);
  EXPECT_EQ(bridge.aliases.to_wire(longest + std::string(20, '-')), "");
  EXPECT_EQ(bridge.aliases.to_inner(longest + std::string(20, '-')), "");
}

struct Form {
  const char* before;
  const char* tag;
  const char* after;
};

TEST(Aliases, TakeTheTagsPlaceInFromAndToOfAnyForm) {
  const Bridge bridge;
  for (const Form& form :
       {Form{"<sip:alice@a.example>;tag=", "x1", ""}, Form{"sip:alice@a.example;tag=", "x1", ""},
        Form{"\"A \\\"tag=x1\\\" B\" <sip:alice@a.example;tag=no>;x=tag;tag=", "x1", ";y=\"tag=x1\""},
        Form{"<sip:x1@x1.example> ; p=x1 ; TAG = ", "x1", " ; q"},
        Form{"Alice\r\n <sip:alice@a.example>\r\n ;tag=", "x1", ""}}) {
    const std::string value = std::string(form.before) + form.tag + form.after;
    for (const bool of_from : {true, false}) {
      Request request;
      (of_from ? request.from : request.to) = value;
      auto message = parsed(request.text());
      ASSERT_EQ(of_from ? message.from_tag() : message.to_tag(), form.tag) << value;
      ASSERT_TRUE(bridge.aliases.to_wire(message));
      const std::string wire_tag(of_from ? message.from_tag() : message.to_tag());
      EXPECT_EQ(wire_tag, bridge.aliases.to_wire("x1"));
      std::string expected = form.before + wire_tag + form.after;
      for (char& c : expected)
        if (c == '\r' || c == '\n') c = ' '; // an edited value stands on one line
      EXPECT_EQ(of_from ? message.from() : message.to(), expected);
      auto printed = parsed(message.print());
      ASSERT_TRUE(bridge.aliases.to_inner(printed));
      EXPECT_EQ(of_from ? printed.from_tag() : printed.to_tag(), "x1");
      EXPECT_EQ(printed.call_id(), "call-1");
    }
  }
}

TEST(Aliases, LeaveWhatHasNoTagWithoutOne) {
  const Bridge bridge;
  auto message = parsed(Request{.from = "<sip:a@a.example>"}.text());
  ASSERT_TRUE(bridge.aliases.to_wire(message));
  EXPECT_EQ(message.from(), "<sip:a@a.example>");
  EXPECT_EQ(message.to(), "<sip:bob@bob.example>");
  EXPECT_EQ(message.call_id(), bridge.aliases.to_wire("call-1"));
}

TEST(Aliases, RefuseAMessageWithOneThatIsTooLong) {
  const Bridge bridge;
  const std::string endless(600, '-');
  auto call_id = parsed(Request{.call_id = endless}.text());
  auto from = parsed(Request{.from = "<sip:a@a.example>;tag=" + endless}.text());
  auto to = parsed(Request{.to = "<sip:a@a.example>;tag=" + endless}.text());
  for (auto* message : {&call_id, &from, &to})
    EXPECT_FALSE(bridge.aliases.to_wire(*message));
}

} // namespace
} // namespace sipveil::hop
