#include "bridge/identity/digest.h"

#include "base/encoding.h"
#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <initializer_list>

namespace sipveil::identity {
namespace {

constexpr std::size_t max_params = 32;

/// RFC 7616 section 3.4, without username*: a name in a form that is not looked at.
bool is_known_parameter(std::string_view name) {
  constexpr std::string_view known[] = {"username", "realm",  "nonce", "uri", "response", "algorithm",
                                        "cnonce",   "opaque", "qop",   "nc",  "userhash", "auts"};
  return std::any_of(std::begin(known), std::end(known),
                     [name](std::string_view one) { return sip::iequals(one, name); });
}

std::string_view unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  return value;
}

/// Hex of the hash over the parts, joined by colons. Empty if OpenSSL refuses the hash (MD5 in a FIPS provider).
SecretBytes hash(const EVP_MD* kind, std::initializer_list<std::string_view> parts) {
  SecretBytes joined;
  {
    std::size_t size = parts.size() - 1;
    for (const std::string_view part : parts)
      size += part.size();
    joined = SecretBytes(size);
    auto out = joined.writable().begin();
    for (const std::string_view part : parts) {
      if (out != joined.writable().begin()) *out++ = ':';
      out = std::copy(part.begin(), part.end(), out);
    }
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(joined.bytes().data(), joined.size(), digest.data(), &size, kind, nullptr) != 1) return {};
  return SecretBytes(std::string_view(hex_encode(std::span(digest).first(size))));
}

} // namespace

std::optional<Credentials> Credentials::parse(std::string_view value) {
  value = sip::trim(value);
  constexpr std::string_view scheme = "Digest";
  if (value.size() <= scheme.size() || !sip::iequals(value.substr(0, scheme.size()), scheme) ||
      !sip::is(value[scheme.size()], sip::lws_char))
    return std::nullopt;
  Credentials credentials;
  sip::MemberScanner scanner(value.substr(scheme.size()));
  while (const auto member = scanner.next()) {
    const auto equals = member->find('=');
    if (equals == std::string_view::npos || credentials.params_.size() == max_params) return std::nullopt;
    const auto name = sip::trim(member->substr(0, equals));
    const auto text = sip::trim(member->substr(equals + 1));
    if (!is_known_parameter(name)) continue; // whatever else a device adds is its own
    const bool twice = std::any_of(credentials.params_.begin(), credentials.params_.end(),
                                   [name](const auto& param) { return sip::iequals(param.first, name); });
    if (!sip::all(name, sip::token_char) || twice) return std::nullopt;
    const bool quoted = !text.empty() && text.front() == '"' && sip::skip_quoted(text, 0) == text.size();
    if (!quoted && !sip::all(text, sip::token_char)) return std::nullopt;
    credentials.params_.emplace_back(name, text);
  }
  if (scanner.fault() || credentials.params_.empty()) return std::nullopt;
  return credentials;
}

std::string_view Credentials::get(std::string_view name) const {
  for (const auto& [known, value] : params_)
    if (sip::iequals(known, name)) return unquoted(value);
  return {};
}

void Credentials::set_quoted(std::string_view name, std::string_view value) {
  for (auto& [known, text] : params_)
    if (sip::iequals(known, name)) text = "\"" + std::string(value) + "\"";
}

std::string Credentials::text() const {
  std::string text = "Digest ";
  for (const auto& [name, value] : params_) {
    if (text.size() > sizeof "Digest") text += ", ";
    text += name;
    text += '=';
    text += value;
  }
  return text;
}

SecretBytes Credentials::response_for(std::string_view login, const SecretBytes& password, std::string_view method,
                                      std::string_view uri) const {
  const std::string_view algorithm = get("algorithm").empty() ? std::string_view("MD5") : get("algorithm");
  const bool session = algorithm.size() > 5 && sip::iequals(algorithm.substr(algorithm.size() - 5), "-sess");
  const std::string_view plain = algorithm.substr(0, algorithm.size() - (session ? 5 : 0));
  const EVP_MD* kind = sip::iequals(plain, "MD5") ? EVP_md5() : sip::iequals(plain, "SHA-256") ? EVP_sha256() : nullptr;
  const std::string_view qop = get("qop");
  if (kind == nullptr || !(qop.empty() || sip::iequals(qop, "auth"))) return {};

  SecretBytes ha1 = hash(kind, {login, get("realm"), password.reveal()});
  if (session) ha1 = hash(kind, {ha1.reveal(), get("nonce"), get("cnonce")});
  const SecretBytes ha2 = hash(kind, {method, uri});
  if (ha1.empty() || ha2.empty()) return {};
  return qop.empty() ? hash(kind, {ha1.reveal(), get("nonce"), ha2.reveal()})
                     : hash(kind, {ha1.reveal(), get("nonce"), get("nc"), get("cnonce"), qop, ha2.reveal()});
}

bool Credentials::sign_anew(std::string_view login, const SecretBytes& password, std::string_view method,
                            std::string_view uri) {
  const SecretBytes expected = response_for(login, password, method, get("uri"));
  if (expected.empty()) return false;
  if (equal_in_constant_time(expected.bytes(), as_bytes(get("response"))))
    set_quoted("response", response_for(login, password, method, uri).reveal());
  set_quoted("uri", uri);
  return true;
}

} // namespace sipveil::identity
