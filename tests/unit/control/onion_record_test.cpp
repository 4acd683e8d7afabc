#include "control/onion_record.h"
#include "tests/unit/control/run.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sys/stat.h>

namespace sipveil::control {
namespace {

using testing::TemporaryDirectory;

const std::string digest(64, 'a');

Endpoint at(std::string_view text) {
  return Endpoint::parse_listen(text).value();
}

TEST(OnionRecord, KeptAndForgotten) {
  const TemporaryDirectory directory;
  const OnionRecord record(directory.path());
  EXPECT_FALSE(record.exists());
  ASSERT_TRUE(record.keep(at("127.0.0.1:4000"), digest).has_value());
  EXPECT_TRUE(record.exists());
  EXPECT_TRUE(record.says(digest));
  EXPECT_FALSE(record.says(std::string(64, 'b')));
  EXPECT_FALSE(record.says(""));
  struct stat status {};
  ASSERT_EQ(::stat((directory.path() / "onion_target").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  record.forget();
  EXPECT_FALSE(record.exists());
  EXPECT_FALSE(OnionRecord(directory.path()).says(digest));
}

TEST(OnionRecord, ItsTargetIsForAPortThatIsLeftToTheSystem) {
  const TemporaryDirectory directory;
  const OnionRecord record(directory.path());
  EXPECT_FALSE(record.target_for(std::nullopt).has_value());
  ASSERT_TRUE(record.keep(at("127.0.0.1:4000"), digest).has_value());
  EXPECT_EQ(record.target_for(std::nullopt), at("127.0.0.1:4000"));
  EXPECT_EQ(record.target_for(at("127.0.0.1:0")), at("127.0.0.1:4000"));
  EXPECT_FALSE(record.target_for(at("127.0.0.1:4000")).has_value()) << "it is fixed already";
  EXPECT_FALSE(record.target_for(at("[::1]:0")).has_value());
  EXPECT_FALSE(record.target_for(at("unix:/run/s")).has_value());
  ASSERT_TRUE(record.keep(at("[::1]:4000"), digest).has_value());
  EXPECT_EQ(record.target_for(at("[::1]:0")), at("[::1]:4000"));
  EXPECT_FALSE(record.target_for(std::nullopt).has_value());
  ASSERT_TRUE(record.keep(at("unix:/run/s"), digest).has_value());
  EXPECT_FALSE(record.target_for(std::nullopt).has_value());
  EXPECT_TRUE(record.says(digest));
}

TEST(OnionRecord, ABrokenFileIsNone) {
  const TemporaryDirectory directory;
  const OnionRecord record(directory.path());
  const auto file = directory.path() / "onion_target";
  const std::string good = "127.0.0.1:4000\n" + digest + "\n";
  for (const auto& [text, mode] : {std::pair{good, 0644U},
                                   {good.substr(0, good.size() - 1), 0600U},
                                   {good + good, 0600U},
                                   {digest + "\n", 0600U},
                                   {"nonsense\n" + digest + "\n", 0600U},
                                   {std::string(), 0600U}}) {
    std::filesystem::remove(file);
    std::ofstream(file) << text;
    ::chmod(file.c_str(), mode);
    EXPECT_FALSE(record.exists()) << text;
    EXPECT_FALSE(record.says(digest)) << text;
  }
}

TEST(OnionRecord, NowhereIsNothingRecorded) {
  const OnionRecord record("");
  EXPECT_TRUE(record.keep(at("127.0.0.1:4000"), digest).has_value());
  EXPECT_FALSE(record.exists());
  record.forget();
}

} // namespace
} // namespace sipveil::control
