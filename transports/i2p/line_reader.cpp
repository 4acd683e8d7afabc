#include "transports/i2p/line_reader.h"

#include "base/encoding.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

namespace sipveil::i2p {
namespace {

constexpr std::string_view no_sam = "Check that the configured address is the SAM port of an I2P router.";

bool is_control(unsigned char c) {
  return c < ' ' || c == 0x7f;
}

} // namespace

std::span<char> LineReader::room() {
  const auto free = buffer_.writable().subspan(used_);
  return {reinterpret_cast<char*>(free.data()), free.size()};
}

void LineReader::received(std::size_t count) {
  used_ += count;
}

Result<std::optional<SecretBytes>> LineReader::line() {
  const auto text = as_text(buffer_.bytes().first(used_));
  const auto end = text.find('\n');
  if (end == std::string_view::npos && used_ > max_line)
    return Error{Errc::too_large, Fault::local_service,
                 fmt::format("the I2P router sent a line of more than {} bytes", max_line), std::string(no_sam), false};
  auto content = text.substr(0, end);
  if (content.ends_with('\r')) content.remove_suffix(1); // of a whole line, or perhaps of one whose LF is under way
  if (std::any_of(content.begin(), content.end(), is_control))
    return Error{Errc::malformed, Fault::local_service, "what the I2P router sent is no line of SAM",
                 std::string(no_sam), false};
  if (end == std::string_view::npos) return std::optional<SecretBytes>();
  SecretBytes line(content);
  const auto bytes = buffer_.writable();
  std::move(bytes.begin() + static_cast<std::ptrdiff_t>(end + 1), bytes.begin() + static_cast<std::ptrdiff_t>(used_),
            bytes.begin());
  const std::size_t kept = used_ - end - 1;
  OPENSSL_cleanse(bytes.data() + kept, used_ - kept);
  used_ = kept;
  return std::optional<SecretBytes>(std::move(line));
}

std::string LineReader::rest() {
  std::string bytes(as_text(buffer_.bytes().first(used_)));
  OPENSSL_cleanse(buffer_.writable().data(), used_);
  used_ = 0;
  return bytes;
}

} // namespace sipveil::i2p
