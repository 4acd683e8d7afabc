#include "privasip/key_store.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/random.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace sipveil::privasip {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_name = 128;
constexpr std::size_t key_id_digits = 8;
/// Files of one folder that are looked at: more than any domain or phone needs.
constexpr std::size_t max_entries = 4096;
constexpr std::size_t max_peer_file = std::size_t{64} * 1024;
constexpr std::size_t pseudonym_key_size = 32;
constexpr std::string_view own_folder = "own";
constexpr std::string_view peers_folder = "peers";

Error mistake(Errc code, std::string what, std::string mend = "") {
  return {code, Fault::configuration, std::move(what), std::move(mend), false};
}

/// A name becomes part of a path: what is not a domain or user@domain must not get so far.
std::optional<Error> bad_name(std::string_view name) {
  const bool foreign = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.@_+-") != std::string_view::npos;
  if (name.empty() || name.size() > max_name || foreign || name.find("..") != std::string_view::npos ||
      name.front() == '.' || name.front() == '-' || std::count(name.begin(), name.end(), '@') > 1)
    return mistake(Errc::invalid, "a key's name is not a domain or user@domain in lower case",
                   "Use at most 128 letters, digits and . _ + - with one @ at most.");
  return std::nullopt;
}

/// "<name>.<key id>.pem" taken apart; nullopt for another form.
struct OwnFile {
  std::string name;
  std::string key_id;
};
std::optional<OwnFile> own_file(std::string_view file) {
  file.remove_suffix(std::string_view(".pem").size());
  const auto dot = file.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  OwnFile out{std::string(file.substr(0, dot)), std::string(file.substr(dot + 1))};
  if (bad_name(out.name) || out.key_id.size() != key_id_digits || !hex_decode(out.key_id)) return std::nullopt;
  return out;
}

/// Names of the files in `folder` that end with ".pem", sorted; none if there is no such folder.
Result<std::vector<std::string>> pem_files(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  if (!fs::exists(folder, failed)) return names;
  std::size_t entries = 0;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    if (++entries > max_entries)
      return mistake(Errc::too_large, fmt::format("{} holds more than {} files", folder.string(), max_entries));
    if (at->path().extension() == ".pem") names.push_back(at->path().filename().string());
  }
  if (failed)
    return Error{Errc::io, Fault::system, fmt::format("cannot list {}: {}", folder.string(), failed.message()), "",
                 false};
  std::sort(names.begin(), names.end());
  return names;
}

/// The time in a ".retired" file; nullopt if there is none.
Result<std::optional<UnixSeconds>> retired_at(const fs::path& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return std::optional<UnixSeconds>();
  auto text = read_file(path, 64);
  if (!text) return text.error();
  while (text->ends_with('\n') || text->ends_with(' '))
    text->pop_back();
  UnixSeconds time = 0;
  const char* end = text->data() + text->size();
  const auto [at, wrong] = std::from_chars(text->data(), end, time);
  if (wrong != std::errc() || at != end || time < 0)
    return mistake(Errc::malformed, fmt::format("{} does not hold a Unix time in decimal", path.string()));
  return std::optional(time);
}

fs::path own_path(const fs::path& directory, std::string_view name, const KeyId& id, std::string_view ending) {
  return directory / own_folder / fmt::format("{}.{}.{}", name, hex_encode(id), ending);
}

Result<void> write_text(const fs::path& path, std::string_view text) {
  return write_secret_file(path, SecretBytes(text));
}

std::set<std::string> fingerprints(const std::vector<PublicKey>& keys) {
  std::set<std::string> out;
  for (const PublicKey& key : keys)
    out.insert(key.fingerprint());
  return out;
}

/// Everything that is new was accepted; if only something goes, one of those that stay.
bool accepts(const std::set<std::string>& before, const std::set<std::string>& after,
             const std::vector<std::string>& accepted) {
  const auto named = [&](const std::string& key) {
    return std::find(accepted.begin(), accepted.end(), key) != accepted.end();
  };
  return std::any_of(after.begin(), after.end(), named) &&
         std::all_of(after.begin(), after.end(), [&](const auto& key) { return before.contains(key) || named(key); });
}

} // namespace

Result<std::vector<OwnKey>> KeyStore::own(UnixSeconds now) const {
  const fs::path folder = directory_ / own_folder;
  const auto files = pem_files(folder);
  if (!files) return files.error();
  std::vector<OwnKey> keys;
  for (const std::string& file : *files) {
    const fs::path path = folder / file;
    const auto parts = own_file(file);
    if (!parts)
      return mistake(Errc::invalid, fmt::format("{} is not named as a key is", path.string()),
                     "Own keys are called NAME.KEYID.pem; move other files elsewhere.");
    const auto retired = retired_at(fs::path(path).replace_extension(".retired"));
    if (!retired) return retired.error();
    if (*retired && **retired < now) continue;
    const auto pem = read_secret_file(path);
    if (!pem) return pem.error();
    auto key = PrivateKey::from_pem(*pem);
    if (!key) {
      Error error = key.error();
      error.what = fmt::format("{}: {}", path.string(), error.what);
      return error;
    }
    if (hex_encode(key->public_key().id()) != parts->key_id)
      return mistake(Errc::invalid, fmt::format("{} holds another key than its name says", path.string()));
    keys.push_back({parts->name, std::move(*key), *retired});
  }
  return keys;
}

Result<PublicKey> KeyStore::generate(std::string_view name, KeyKind kind, bool rotate, std::chrono::seconds overlap,
                                     UnixSeconds now) const {
  if (auto bad = bad_name(name)) return std::move(*bad);
  if (overlap.count() < 0) return mistake(Errc::invalid, "the overlap of two keys is negative");
  const auto existing = own(now);
  if (!existing) return existing.error();
  auto key = PrivateKey::generate(kind);
  if (!key) return key.error();
  const PublicKey made = key->public_key();
  std::vector<KeyId> replaced;
  for (const OwnKey& old : *existing)
    if (old.name == name && !old.retired_at && old.key.public_key().algorithm() == made.algorithm())
      replaced.push_back(old.key.public_key().id());
  if (!replaced.empty() && !rotate)
    return mistake(Errc::invalid, fmt::format("there is a key of {} for {} already", name, privasip::name(kind)),
                   "Replace it with: sipveil keys generate NAME --rotate");
  if (const auto made_folder = make_private_directory(directory_); !made_folder) return made_folder.error();
  if (const auto made_folder = make_private_directory(directory_ / own_folder); !made_folder)
    return made_folder.error();
  // The new key first: a crash in between leaves two current keys, never none.
  if (const auto written = write_secret_file(own_path(directory_, name, made.id(), "pem"), key->pem()); !written)
    return written.error();
  if (const auto written = write_text(own_path(directory_, name, made.id(), "pub"), made.pem()); !written)
    return written.error();
  for (const KeyId& id : replaced)
    if (const auto written =
            write_text(own_path(directory_, name, id, "retired"), fmt::format("{}\n", now + overlap.count()));
        !written)
      return written.error();
  return made;
}

Result<std::vector<PublicKey>> KeyStore::published(std::string_view name, UnixSeconds now) const {
  if (auto bad = bad_name(name)) return std::move(*bad);
  const auto keys = own(now);
  if (!keys) return keys.error();
  std::vector<std::pair<fs::file_time_type, PublicKey>> dated;
  for (const OwnKey& own : *keys) {
    if (own.name != name || own.retired_at) continue;
    const PublicKey& key = own.key.public_key();
    std::error_code failed; // a file that has just gone counts as the oldest
    dated.emplace_back(fs::last_write_time(own_path(directory_, name, key.id(), "pem"), failed), key);
  }
  std::stable_sort(dated.begin(), dated.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<PublicKey> out;
  out.reserve(dated.size());
  for (auto& [time, key] : dated)
    out.push_back(std::move(key));
  return out;
}

Result<std::vector<PublicKey>> KeyStore::pinned(std::string_view name) const {
  if (auto bad = bad_name(name)) return std::move(*bad);
  const fs::path path = directory_ / peers_folder / fmt::format("{}.pem", name);
  std::error_code failed;
  if (!fs::exists(path, failed))
    return mistake(Errc::unknown_peer, fmt::format("no key of {} is pinned", name),
                   fmt::format("Run: sipveil keys fetch {}", name));
  const auto text = read_file(path, max_peer_file);
  if (!text) return text.error();
  auto keys = PublicKey::all_from_pem(*text);
  if (!keys) {
    Error error = keys.error();
    error.what = fmt::format("{}: {}", path.string(), error.what);
    return error;
  }
  return keys;
}

Result<std::vector<std::string>> KeyStore::pinned_names() const {
  auto files = pem_files(directory_ / peers_folder);
  if (!files) return files.error();
  std::vector<std::string> names;
  for (const std::string& file : *files)
    if (std::string name = file.substr(0, file.size() - std::string_view(".pem").size()); !bad_name(name))
      names.push_back(std::move(name));
  std::sort(names.begin(), names.end()); // by name: with ".pem" behind them "a" and "a.example" stand the other way
  return names;
}

Result<KeyStore::Pin> KeyStore::pin(std::string_view name, const std::vector<PublicKey>& keys,
                                    const std::vector<std::string>& accepted) const {
  if (auto bad = bad_name(name)) return std::move(*bad);
  if (keys.empty()) return mistake(Errc::invalid, "there is no key to pin");
  const auto before = pinned(name);
  if (!before && before.error().code != Errc::unknown_peer) return before.error();
  const auto after = fingerprints(keys);
  Pin outcome = Pin::first;
  if (before) {
    const auto known = fingerprints(*before);
    if (known == after) return Pin::unchanged;
    if (!accepts(known, after, accepted)) return Pin::changed;
    outcome = Pin::replaced;
  }
  if (const auto made = make_private_directory(directory_); !made) return made.error();
  if (const auto made = make_private_directory(directory_ / peers_folder); !made) return made.error();
  std::string text;
  for (const PublicKey& key : keys)
    text += key.pem();
  // What is written must be readable again: too many keys are refused here, not at the next start.
  if (const auto again = PublicKey::all_from_pem(text); !again) return again.error();
  if (const auto written = write_text(directory_ / peers_folder / fmt::format("{}.pem", name), text); !written)
    return written.error();
  return outcome;
}

Result<SecretBytes> KeyStore::pseudonym_key() const {
  const fs::path path = directory_ / "pseudonym.key";
  std::error_code failed;
  if (!fs::exists(path, failed)) {
    if (const auto made = make_private_directory(directory_); !made) return made.error();
    SecretBytes fresh(pseudonym_key_size);
    fill_random(fresh.writable());
    if (const auto written = write_secret_file(path, fresh); !written) return written.error();
  }
  auto key = read_secret_file(path); // what stands there, should two have been first at once
  if (!key) return key.error();
  if (key->size() != pseudonym_key_size)
    return mistake(Errc::malformed, fmt::format("{} does not hold {} bytes", path.string(), pseudonym_key_size),
                   "Restore it from a backup: with a new one all pseudonyms change.");
  return key;
}

} // namespace sipveil::privasip
