#include "privasip/plaintext.h"

#include "base/encoding.h"
#include "privasip/sizes.h"

#include <algorithm>

namespace sipveil::privasip {
namespace {

constexpr unsigned char version = 0x10;
constexpr unsigned char host_flag = 0x01;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// unreserved / user-unreserved, and the percent sign of escaped.
bool is_user_character(char c) {
  return is_alphanumeric(c) || std::string_view("-_.!~*'()&=+$,;?/%").find(c) != std::string_view::npos;
}

bool is_login_character(char c) {
  return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
         std::string_view("._-:[]").find(c) != std::string_view::npos;
}

/// Each percent sign is followed by two hexadecimal digits.
bool escapes_are_whole(std::string_view text) {
  for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3))
    if (at + 2 >= text.size() || !hex_decode(text.substr(at + 1, 2))) return false;
  return true;
}

void put(std::span<unsigned char>& rest, std::string_view text) {
  rest[0] = static_cast<unsigned char>(text.size());
  std::copy(text.begin(), text.end(), rest.begin() + 1);
  rest = rest.subspan(1 + text.size());
}

/// A length and as many bytes, from the front of `rest`; nullopt if they are not there.
std::optional<std::string_view> take(std::span<const unsigned char>& rest) {
  if (rest.empty() || rest.size() < std::size_t{1} + rest[0]) return std::nullopt;
  const auto text = as_text(rest.subspan(1, rest[0]));
  rest = rest.subspan(1 + text.size());
  return text;
}

} // namespace

bool is_user(std::string_view text, Subject subject) {
  if (text.empty() || text.size() > max_user) return false;
  if (subject == Subject::login) return std::all_of(text.begin(), text.end(), is_login_character);
  return std::all_of(text.begin(), text.end(), is_user_character) && escapes_are_whole(text);
}

bool is_host(std::string_view text) {
  return !text.empty() && text.size() <= max_host && std::all_of(text.begin(), text.end(), is_host_character);
}

SecretBytes encode(const Plaintext& plaintext, bool padded) {
  const std::string& user = plaintext.identity.user;
  const std::string& host = plaintext.identity.host;
  std::size_t size = fixed_plaintext + user.size() + (plaintext.host_hidden ? 1 + host.size() : 0);
  if (padded) size = (size + padding_block - 1) / padding_block * padding_block;
  SecretBytes out(size);
  auto rest = out.writable();
  rest[0] = plaintext.host_hidden ? version | host_flag : version;
  for (unsigned i = 0; i < 4; ++i)
    rest[1 + i] = static_cast<unsigned char>(static_cast<std::uint64_t>(plaintext.issued) >> (24 - 8 * i));
  rest = rest.subspan(5);
  put(rest, user);
  if (plaintext.host_hidden) put(rest, host);
  return out;
}

std::optional<Plaintext> decode(std::span<const unsigned char> bytes, bool padded) {
  if (bytes.size() < fixed_plaintext || (bytes[0] & ~unsigned{host_flag}) != version) return std::nullopt;
  Plaintext plaintext;
  plaintext.host_hidden = (bytes[0] & host_flag) != 0;
  for (const unsigned char byte : bytes.subspan(1, 4))
    plaintext.issued = plaintext.issued * 256 + byte;
  auto rest = bytes.subspan(5);
  const auto user = take(rest);
  if (!user) return std::nullopt;
  plaintext.identity.user = *user;
  if (plaintext.host_hidden) {
    const auto host = take(rest);
    if (!host || !is_host(*host)) return std::nullopt;
    plaintext.identity.host = *host;
  }
  if (rest.size() >= (padded ? padding_block : 1)) return std::nullopt;
  if (std::any_of(rest.begin(), rest.end(), [](unsigned char byte) { return byte != 0; })) return std::nullopt;
  return plaintext;
}

} // namespace sipveil::privasip
