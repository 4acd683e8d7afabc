#include "base/secret.h"

#include "base/encoding.h"

#include <gtest/gtest.h>

#include <array>

namespace sipveil {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);

TEST(SecretBytes, CannotBePrinted) {
  const SecretBytes secret{std::string_view("hunter2")};
  EXPECT_EQ(fmt::format("key: {}", secret), "key: [secret]");
  EXPECT_EQ(fmt::format("{:>10}", secret), "  [secret]");
}

TEST(SecretBytes, IsRevealedOnlyByName) {
  SecretBytes secret{std::string_view("hunter2")};
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_EQ(as_text(secret.bytes()), "hunter2");
  secret.writable()[0] = 'H';
  EXPECT_EQ(secret.reveal(), "Hunter2");
  EXPECT_EQ(SecretBytes(std::size_t{3}).reveal(), std::string_view("\0\0\0", 3));
}

TEST(SecretBytes, MovesWithoutLeavingACopy) {
  SecretBytes first{std::string_view("one")};
  SecretBytes second = std::move(first);
  EXPECT_TRUE(first.empty()); // NOLINT: what is left behind is the point
  EXPECT_EQ(second.reveal(), "one");
  SecretBytes third{std::string_view("three")};
  third = std::move(second);
  EXPECT_TRUE(second.empty()); // NOLINT
  EXPECT_EQ(third.reveal(), "one");
  SecretBytes& itself = third;
  third = std::move(itself);
  EXPECT_EQ(third.reveal(), "one");
}

TEST(SecretBytes, AClonesLifeIsItsOwn) {
  SecretBytes first{std::string_view("one")};
  SecretBytes copy = first.clone();
  first = SecretBytes{};
  EXPECT_EQ(copy.reveal(), "one");
}

TEST(ConstantTime, ComparesLengthAndEveryByte) {
  const auto same = [](std::string_view a, std::string_view b) {
    return equal_in_constant_time(as_bytes(a), as_bytes(b));
  };
  EXPECT_TRUE(same("", ""));
  EXPECT_TRUE(same("abc", "abc"));
  EXPECT_FALSE(same("abc", "abcd"));
  EXPECT_FALSE(same("abc", ""));
  const std::string base(64, 'x');
  for (std::size_t i = 0; i < base.size(); ++i) {
    std::string other = base;
    other[i] = 'y';
    EXPECT_FALSE(same(base, other)) << i;
  }
}

} // namespace
} // namespace sipveil
