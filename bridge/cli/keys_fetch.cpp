#include "bridge/cli/find_config.h"
#include "bridge/cli/keys.h"
#include "bridge/cli/keys_output.h"
#include "bridge/config/suggest.h"
#include "bridge/keys/fetch.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::cli {
namespace {

using privasip::KeyStore;
using privasip::PublicKey;

/// People copy fingerprints with blanks, colons and capitals.
std::string plain(std::string_view fingerprint) {
  std::string result;
  for (const char c : fingerprint) {
    if (c == ':' || c == ' ') continue;
    result += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

/// nullopt after standard error has been told which one is none.
std::optional<std::vector<std::string>> fingerprints(const std::vector<std::string>& given) {
  constexpr std::size_t digits = 64; // SHA-256
  std::vector<std::string> result;
  for (const std::string& text : given) {
    result.push_back(plain(text));
    if (result.back().size() == digits && result.back().find_first_not_of("0123456789abcdef") == std::string::npos)
      continue;
    fmt::print(stderr,
               "sipveil: --accept: {} is not a fingerprint. It has 64 hexadecimal digits, as `sipveil keys "
               "show` prints them at its owner's.\n",
               in_quotes(text));
    return std::nullopt;
  }
  return result;
}

/// The peers to ask; empty after standard error has been told why there are none.
std::vector<const PeerConfig*> peers_to_ask(const Config& config, const KeysInvocation& invocation) {
  if (invocation.from.empty()) {
    auto peers = keys::peers_for(config, invocation.name);
    if (peers.empty())
      fmt::print(stderr, "sipveil: no route leads to {}. Add a [[route]] of its domain, or name a peer with --from.\n",
                 in_quotes(invocation.name));
    return peers;
  }
  if (const PeerConfig* peer = config.find_peer(invocation.from)) return {peer};
  std::vector<std::string> names;
  for (const PeerConfig& peer : config.peers)
    names.push_back(peer.name);
  const auto meant = nearest(invocation.from, names);
  fmt::print(stderr, "sipveil: --from: no peer is named {}. {}\n", in_quotes(invocation.from),
             meant ? fmt::format("Did you mean \"{}\"?", *meant) : "Add a [[peer]] of this name.");
  return {};
}

std::string_view word(KeyStore::Pin pin) {
  switch (pin) {
  case KeyStore::Pin::first: return "first";
  case KeyStore::Pin::unchanged: return "unchanged";
  case KeyStore::Pin::changed: return "changed";
  case KeyStore::Pin::replaced: return "replaced";
  }
  return "?";
}

std::string_view sentence(KeyStore::Pin pin) {
  switch (pin) {
  case KeyStore::Pin::first: return "pinned now";
  case KeyStore::Pin::unchanged: return "as pinned before";
  case KeyStore::Pin::changed: return "not the pinned keys";
  case KeyStore::Pin::replaced: return "accepted, in place of those pinned before";
  }
  return "?";
}

void print_table(std::FILE* where, std::string_view title, const std::vector<PublicKey>& keys) {
  for (const PublicKey& key : keys)
    fmt::print(where, "  {:<9}{}\n           fingerprint {}\n", title, key_columns(key), key.fingerprint());
}

/// Nothing was written: the pinned keys stay in use.
void print_refusal(std::string_view name, const std::vector<PublicKey>& pinned, const std::vector<PublicKey>& offered) {
  if (pinned.empty())
    fmt::print(stderr, "sipveil: the keys of {} are not the ones given by --accept; nothing was pinned (the peer)\n",
               name);
  else
    fmt::print(stderr, "sipveil: the keys of {} have changed; the pinned ones stay in use (the peer)\n", name);
  print_table(stderr, "pinned", pinned);
  print_table(stderr, "offered", offered);
  std::string command = fmt::format("sipveil keys fetch {}", name);
  for (const PublicKey& key : offered)
    command += " --accept " + key.fingerprint();
  fmt::print(stderr,
             "Either their operator has made new ones, or somebody stands in between. Compare the offered "
             "fingerprints with the operator by another way; if they agree, run:\n  {}\n",
             command);
}

/// Nothing is pinned, fingerprints were given, and a key has none of them: pinning it would make nothing of the
/// comparison that was meant.
bool contradicts(const std::vector<PublicKey>& pinned, const std::vector<PublicKey>& offered,
                 const std::vector<std::string>& accepted) {
  return pinned.empty() && !accepted.empty() && std::ranges::any_of(offered, [&](const PublicKey& key) {
           return std::ranges::find(accepted, key.fingerprint()) == accepted.end();
         });
}

int conclude(const KeysInvocation& invocation, KeyStore::Pin pin, const std::vector<PublicKey>& pinned,
             const std::vector<PublicKey>& offered) {
  const bool refused = pin == KeyStore::Pin::changed;
  if (invocation.common.json)
    fmt::print("{{\"name\":\"{}\",\"result\":\"{}\",\"pinned\":{},\"offered\":{}}}\n", invocation.name, word(pin),
               json_array(pinned), json_array(offered));
  if (refused) {
    print_refusal(invocation.name, pinned, offered);
    return exit_failed;
  }
  if (invocation.common.json) return exit_done;
  fmt::print("{}: {}\n", invocation.name, sentence(pin));
  print_table(stdout, "", offered);
  if (pin == KeyStore::Pin::first && invocation.accepted.empty())
    fmt::print("This first answer was taken on trust: compare the fingerprint with the operator by another way.\n");
  if (pin != KeyStore::Pin::unchanged) fmt::print("A running sipveil takes them within a minute.\n");
  return exit_done;
}

} // namespace

int keys_fetch(const KeysInvocation& invocation) {
  // Before anybody is asked.
  if (!is_key_name(invocation.name)) return exit_usage;
  const auto accepted = fingerprints(invocation.accepted);
  const auto loaded = accepted ? load_config(invocation.common) : std::nullopt;
  if (!loaded) return exit_usage;
  const auto peers = peers_to_ask(loaded->config, invocation);
  if (peers.empty()) return exit_usage;
  const auto offered = keys::fetch(loaded->config, invocation.name, peers);
  if (!offered) return fail(offered.error());

  const auto directory = keys_directory(invocation);
  if (!directory) return exit_usage;
  const KeyStore store(*directory);
  auto before = store.pinned(invocation.name);
  if (!before && before.error().code != Errc::unknown_peer) return fail(before.error());
  const std::vector<PublicKey> pinned = before ? std::move(*before) : std::vector<PublicKey>();
  if (contradicts(pinned, *offered, *accepted)) return conclude(invocation, KeyStore::Pin::changed, pinned, *offered);
  const auto pin = store.pin(invocation.name, *offered, *accepted);
  if (!pin) return fail(pin.error());
  return conclude(invocation, *pin, pinned, *offered);
}

} // namespace sipveil::cli
