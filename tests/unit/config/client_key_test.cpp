#include "base/encoding.h"
#include "bridge/config/client_key.h"
#include "tests/unit/config/config_files.h"

namespace sipveil::test {
namespace {

TEST(ClientKey, IsReadFromItsBase32) {
  const Directory directory;
  Bytes key(32);
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<unsigned char>(i * 7);
  for (const char* end : {"", "\n", "\r\n"}) {
    const auto read = read_client_key(directory.write("key", base32_encode(key) + end));
    ASSERT_TRUE(read.has_value()) << read.error().text();
    EXPECT_EQ(read->text().reveal(), base32_encode(key));
  }
}

TEST(ClientKey, NothingElseMayBeThere) {
  const Directory directory;
  for (const std::string& wrong : {std::string(), std::string(51, 'a'), std::string(53, 'a'),
                                   std::string(51, 'a') + "1", std::string(51, 'a') + "b", "x " + x25519_key}) {
    const auto read = read_client_key(directory.write("key", wrong));
    ASSERT_FALSE(read.has_value()) << wrong;
    EXPECT_EQ(read.error().code, Errc::invalid);
    if (!wrong.empty()) {
      EXPECT_EQ(read.error().text().find(wrong), std::string::npos);
    }
  }
}

TEST(ClientKey, OthersMayNotReadIt) {
  const Directory directory;
  EXPECT_EQ(read_client_key(directory.write("key", x25519_key, 0604)).error().code, Errc::io);
}

} // namespace
} // namespace sipveil::test
