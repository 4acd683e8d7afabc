#include "bridge/cli/keys.h"

#include "base/encoding.h"
#include "bridge/cli/find_config.h"
#include "bridge/cli/keys_output.h"
#include "bridge/config/suggest.h"
#include "privasip/pseudonym.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace sipveil::cli {
namespace {

using privasip::KeyKind;

/// nullopt after standard error has been told.
std::optional<KeyKind> kind_named(std::string_view algorithm) {
  constexpr std::array kinds{KeyKind::x25519, KeyKind::p256, KeyKind::rsa_2048, KeyKind::rsa_3072};
  std::vector<std::string> words;
  for (const KeyKind kind : kinds) {
    if (privasip::name(kind) == algorithm) return kind;
    words.emplace_back(privasip::name(kind));
  }
  const auto meant = nearest(algorithm, words);
  fmt::print(stderr, "sipveil: {} is not an algorithm. {}\n", in_quotes(algorithm),
             meant ? fmt::format("Did you mean \"{}\"?", *meant) : fmt::format("Known: {}.", fmt::join(words, ", ")));
  return std::nullopt;
}

/// Key ids are in hexadecimal, so that this is a part of the name of every file of the key.
std::string public_file(const privasip::KeyStore& store, std::string_view name, const privasip::PublicKey& key) {
  return (store.directory() / "own" / fmt::format("{}.{}.pub", name, hex_encode(key.id()))).string();
}

} // namespace

std::optional<std::filesystem::path> keys_directory(const KeysInvocation& invocation) {
  if (invocation.keys_dir) return invocation.keys_dir;
  const auto loaded = load_config(invocation.common);
  if (!loaded) return std::nullopt;
  return loaded->config.identity ? loaded->config.identity->keys_dir : loaded->config.state_dir / "keys";
}

bool is_key_name(std::string_view name) {
  // Of nothing but the name itself it says "invalid", and before it looks at any file.
  const auto asked = privasip::KeyStore({}).pinned(name);
  if (asked || asked.error().code != Errc::invalid) return true;
  fmt::print(stderr, "sipveil: {}: {}. {}\n", in_quotes(name), asked.error().what, asked.error().mend);
  return false;
}

int keys_generate(const KeysInvocation& invocation) {
  const auto kind = kind_named(invocation.algorithm);
  const auto directory = kind && is_key_name(invocation.name) ? keys_directory(invocation) : std::nullopt;
  if (!directory) return exit_usage;
  const privasip::KeyStore store(*directory);
  const auto key = store.generate(invocation.name, *kind, invocation.rotate, invocation.overlap, now());
  if (!key) return fail(key.error());
  if (invocation.common.json) {
    fmt::print("{{\"name\":\"{}\",{}}}\n", invocation.name, json_members(*key));
    return exit_done;
  }
  fmt::print("own     {:<24}  {}\n        fingerprint {}\n        public key  {}\n", invocation.name, key_columns(*key),
             key->fingerprint(), public_file(store, invocation.name, *key));
  if (invocation.rotate)
    fmt::print("The key before, if there was one, opens until {}.\n", utc(now() + invocation.overlap.count()));
  fmt::print("A running sipveil takes it when it is started again. Others fetch it with: sipveil keys fetch {}\n",
             invocation.name);
  return exit_done;
}

int keys_pseudonym(const KeysInvocation& invocation) {
  const std::size_t at = invocation.name.find('@');
  if (at == 0 || at == std::string::npos || at + 1 == invocation.name.size() || at != invocation.name.rfind('@')) {
    fmt::print(stderr, "sipveil: {} is not user@domain. Write it as alice@a.example.\n", in_quotes(invocation.name));
    return exit_usage;
  }
  // As in a message: the user as written (RFC 3261 section 19.1.4), the host in lower case.
  privasip::Identity identity{invocation.name.substr(0, at), invocation.name.substr(at + 1)};
  for (char& c : identity.host)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto directory = keys_directory(invocation);
  if (!directory) return exit_usage;
  const auto key = privasip::KeyStore(*directory).pseudonym_key();
  if (!key) return fail(key.error());
  fmt::print("{}\n", privasip::pseudonym(*key, identity));
  return exit_done;
}

} // namespace sipveil::cli
