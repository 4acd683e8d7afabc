#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace sipveil {
namespace {

TEST(Error, SaysWhatWhereAndWhatMendsIt) {
  const Error error{Errc::unreachable, Fault::local_service, "tor does not listen", "Start tor.", true};
  EXPECT_EQ(error.text(), "tor does not listen (local service). Start tor.");
  EXPECT_EQ((Error{Errc::io, Fault::system, "no descriptors left", "", false}.text()),
            "no descriptors left (this machine)");
}

TEST(Error, EveryKindAndPlaceHasItsOwnName) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Errc::crypto); ++code)
    names.insert(name(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::crypto) + 1);
  EXPECT_FALSE(names.contains("?"));
  names.clear();
  for (int where = 0; where <= static_cast<int>(Fault::phone); ++where)
    names.insert(name(static_cast<Fault>(where)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Fault::phone) + 1);
  EXPECT_FALSE(names.contains("?"));
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  const Result<int> bad = Error{Errc::closed, Fault::peer, "gone", "", false};
  EXPECT_EQ(*good, 7);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::closed);
}

TEST(Result, TheValueOfAnErrorIsAProgrammingMistake) {
  const Result<int> bad = Error{Errc::closed, Fault::peer, "the stream ended", "", false};
  try {
    static_cast<void>(bad.value());
    FAIL() << "nothing was thrown";
  } catch (const std::logic_error& mistake) {
    EXPECT_NE(std::string_view(mistake.what()).find("the stream ended (peer)"), std::string_view::npos);
  }
}

} // namespace
} // namespace sipveil
