#include "bridge/config/password.h"
#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil {
namespace {

constexpr std::string_view write_aor = "Write the address of record as \"alice@a.example\".";

/// RFC 3261 section 25.1, `user`: what may stand there as it is, and escapes.
bool is_user(std::string_view text) {
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()&=+$,;?/";
  constexpr std::string_view hex = "0123456789abcdefABCDEF";
  if (text.empty() || text.size() > privasip::max_user) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (allowed.find(text[i]) != std::string_view::npos) continue;
    if (text[i] != '%' || text.size() - i < 3 || text.substr(i + 1, 2).find_first_not_of(hex) != std::string_view::npos)
      return false;
  }
  return true;
}

/// A Digest username (RFC 2617 section 3.2.2) that can be written as a quoted-string without escapes, and sealed.
bool is_login(std::string_view text) {
  return !text.empty() && text.size() <= privasip::max_user && std::ranges::none_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '"' || c == '\\';
  });
}

/// Gives user and host to the account. False if there is no usable address of record.
bool read_aor(Reader& reader, Names& names, AccountConfig& account) {
  Reading& reading = reader.reading();
  const auto text = reader.required_text("aor", write_aor);
  if (!text) return false;
  const std::size_t at = text->value.find('@');
  if (at == std::string::npos || !is_user(std::string_view(text->value).substr(0, at))) {
    reading.mistake(text->place, fmt::format("{} is not an address of record", in_quotes(text->value)),
                    std::string(write_aor));
    return false;
  }
  const auto host = own_domain({text->value.substr(at + 1), text->place}, reading);
  if (!host) return false;
  account.user = text->value.substr(0, at);
  account.host = *host;
  const auto [taken, is_new] = names.accounts.emplace(account.user + '@' + account.host, text->place.line);
  if (!is_new)
    reading.mistake(text->place,
                    fmt::format("{} already has the account of line {}", in_quotes(taken->first), taken->second));
  return is_new;
}

std::optional<std::filesystem::path> read_password_file(Reader& reader) {
  const auto text = reader.text("password_file");
  if (!text) return std::nullopt;
  auto file = secret_file(*text, reader.reading());
  if (!file || !reader.reading().look_at_files) return file;
  // Read and forgotten: an empty file shall be found now, not by the first call.
  if (const auto password = read_password(*file); !password)
    reader.reading().mistake(text->place, password.error().what, password.error().mend);
  return file;
}

/// What needs to be known of [identity].
void check_with_identity(const Reader& reader, const std::optional<IdentityConfig>& identity,
                         const AccountConfig& account) {
  Reading& reading = reader.reading();
  if (!identity) {
    // Somebody who writes "nobody" here relies on it.
    if (reader.has("caller_known_to"))
      reading.mistake(reader.place("caller_known_to"), "there is no [identity] section, so nothing is sealed",
                      "Add [identity], or remove the key.");
    return;
  }
  if (account.caller_known_to) check_aes_class(reader, identity->algorithm, *account.caller_known_to);
  if (identity->algorithm == privasip::Algorithm::aes && !reader.has("password_file"))
    reading.mistake(reader.place("password_file"), "is missing, and \"aes\" seals with the account's password",
                    "Write password_file = \"...\", a file with mode 0600 that holds the Digest password.");
}

} // namespace

std::optional<AccountConfig> read_account(Reader& reader, Names& names, const std::optional<IdentityConfig>& identity) {
  AccountConfig account;
  const bool usable = read_aor(reader, names, account);
  if (const auto home = reader.text("home"); home && is_peer(*home, names, reader.reading()))
    account.home = home->value;
  account.password_file = read_password_file(reader);
  account.login = account.user;
  if (const auto login = reader.text("login")) {
    account.login = login->value;
    if (!is_login(login->value))
      reader.reading().mistake(
          login->place, fmt::format("{} is not a Digest username", in_quotes(login->value)),
          fmt::format("Use 1 to {} characters without quotes and backslashes.", privasip::max_user));
  }
  account.caller_known_to = read_known_to(reader);
  // In any other role the section itself is the mistake.
  if (names.role == Role::phone) check_with_identity(reader, identity, account);
  return usable ? std::optional(account) : std::nullopt;
}

} // namespace sipveil
