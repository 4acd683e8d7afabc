#include "base/file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sipveil {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

/// A directory of the test's own, gone afterwards.
class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = (fs::temp_directory_path() / "sipveil-file-XXXXXX").string();
    dir_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(dir_); }

  fs::path put(const char* name, std::string_view content, unsigned mode) const {
    const fs::path path = dir_ / name;
    std::ofstream(path) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }
  static unsigned mode_of(const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0;
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(dir_), fs::directory_iterator()));
  }

  fs::path dir_;
};

TEST_F(FileTest, ReadsAFileUpToItsLimit) {
  const auto file = put("a", std::string(10'000, 'x'), 0644);
  const auto whole = read_file(file, 10'000);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->size(), 10'000U);
  const auto refused = read_file(file, 9'999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
  EXPECT_THAT(refused.error().what, HasSubstr("larger than 9999 bytes"));
  EXPECT_EQ(*read_file(put("empty", "", 0644), 0), "");
}

TEST_F(FileTest, SaysWhyAFileCannotBeRead) {
  const auto missing = read_file(dir_ / "missing", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::io);
  EXPECT_THAT(missing.error().what, HasSubstr("No such file"));
  const auto directory = read_file(dir_, 10);
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().what, HasSubstr("Is a directory"));
}

TEST_F(FileTest, TakesAKeyOnlyFromAFileThatIsItsOwnersAlone) {
  EXPECT_EQ(read_secret_file(put("key", "s3cret", 0600))->reveal(), "s3cret");
  EXPECT_EQ(read_secret_file(put("key", "s3cret", 0400))->reveal(), "s3cret");
  for (const unsigned mode : {0604U, 0602U, 0601U, 0640U, 0620U, 0610U, 0644U, 0777U}) {
    const auto refused = read_secret_file(put("key", "s3cret", mode));
    ASSERT_FALSE(refused) << std::oct << mode;
    EXPECT_EQ(refused.error().where, Fault::configuration);
    EXPECT_EQ(refused.error().mend, "Run: chmod 600 " + (dir_ / "key").string());
    EXPECT_EQ(refused.error().text().find("s3cret"), std::string::npos);
    fs::remove(dir_ / "key");
  }
}

TEST_F(FileTest, RefusesAKeyFileThatCannotBeOne) {
  EXPECT_EQ(read_secret_file(put("big", std::string(64 * 1024, 'x'), 0600))->size(), 64U * 1024);
  const auto bigger = read_secret_file(put("bigger", std::string(64 * 1024 + 1, 'x'), 0600));
  ASSERT_FALSE(bigger);
  EXPECT_EQ(bigger.error().code, Errc::too_large);
  EXPECT_EQ(read_secret_file(dir_ / "missing").error().code, Errc::io);
  EXPECT_TRUE(read_secret_file(put("empty", "", 0600))->empty());
}

TEST_F(FileTest, WritesASecretPrivatelyAndWhole) {
  const auto path = dir_ / "key";
  ASSERT_TRUE(write_secret_file(path, SecretBytes(std::string_view("first"))));
  EXPECT_EQ(mode_of(path), 0600U);
  ASSERT_TRUE(write_secret_file(path, SecretBytes(std::string_view("second"))));
  EXPECT_EQ(read_secret_file(path)->reveal(), "second");
  EXPECT_EQ(entries(), 1U) << "no temporary file stays";
}

TEST_F(FileTest, APublicFileBecomesPrivateWhenItIsReplaced) {
  const auto path = put("key", "old", 0666);
  ASSERT_TRUE(write_secret_file(path, SecretBytes(std::string_view("new"))));
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(FileTest, AFailedWriteLeavesTheOldFileAlone) {
  const auto path = dir_ / "key";
  ASSERT_TRUE(write_secret_file(path, SecretBytes(std::string_view("old"))));
  EXPECT_EXIT(
      {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit tiny{}; // stands for a full disk
        tiny.rlim_cur = tiny.rlim_max = 16;
        ::setrlimit(RLIMIT_FSIZE, &tiny);
        const auto written = write_secret_file(path, SecretBytes(std::size_t{1000}));
        std::_Exit(!written && written.error().code == Errc::io ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
  EXPECT_EQ(read_secret_file(path)->reveal(), "old");
  EXPECT_EQ(entries(), 1U);
}

TEST_F(FileTest, SaysWhyAFileCannotBeWritten) {
  const auto nowhere = write_secret_file(dir_ / "missing" / "key", SecretBytes(std::string_view("x")));
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().what, HasSubstr("cannot create"));
  fs::create_directory(dir_ / "taken");
  const auto taken = write_secret_file(dir_ / "taken", SecretBytes(std::string_view("x")));
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().what, HasSubstr("cannot replace"));
  EXPECT_EQ(entries(), 1U) << "no temporary file stays";
}

TEST_F(FileTest, MakesADirectoryThatIsPrivate) {
  const auto path = dir_ / "a" / "b" / "state";
  ASSERT_TRUE(make_private_directory(path));
  EXPECT_EQ(mode_of(path), 0700U);
  EXPECT_TRUE(make_private_directory(path)) << "again is no error";
}

TEST_F(FileTest, ASlashAtTheEndOfADirectoryChangesNothing) {
  const auto path = dir_ / "state";
  ASSERT_TRUE(make_private_directory(path.string() + "/"));
  EXPECT_EQ(mode_of(path), 0700U);
}

TEST_F(FileTest, AFileInThePlaceOfADirectoryIsAnError) {
  const auto file = put("state", "", 0600);
  const auto made = make_private_directory(file);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().what, HasSubstr("cannot create directory"));
  EXPECT_FALSE(make_private_directory(file / "below"));
}

} // namespace
} // namespace sipveil
