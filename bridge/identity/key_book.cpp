#include "bridge/identity/key_book.h"

#include "bridge/config/password.h"
#include "bridge/config/subscribers.h"

#include <set>
#include <string>

namespace sipveil::identity {
namespace {

using privasip::KeyStore;
using privasip::OwnKey;
using privasip::PublicKey;

/// Names asked for by requests; more than any bridge talks to.
constexpr std::size_t max_known = 65'536;

} // namespace

KeyBook::KeyBook(const SecretBytes& master) : sealer(master), opener({}, {}) {}

KeyBook::KeyBook(privasip::Sealer with_sealer, privasip::Opener with_opener)
    : sealer(std::move(with_sealer)), opener(std::move(with_opener)) {}

std::string KeyBook::account_key(const AccountConfig& account) {
  return account.user + "@" + account.host;
}

Result<KeyBook> KeyBook::load(const Config& config, const SecretBytes& master, privasip::UnixSeconds now) {
  if (!config.identity) {
    KeyBook book(master);
    if (auto read = book.read_passwords(config); !read) return read.error();
    return book;
  }
  auto store = std::make_unique<KeyStore>(config.identity->keys_dir);
  auto own = store->own(now);
  if (!own) return own.error();
  std::vector<std::pair<std::string, PublicKey>> current;
  std::set<std::string> names;
  for (const OwnKey& key : *own)
    names.insert(key.name);
  for (const std::string& name : names) { // the newest of a name first, which file names do not tell
    auto published = store->published(name, now);
    if (!published) return published.error();
    for (PublicKey& key : *published)
      current.emplace_back(name, std::move(key));
  }
  Result<std::vector<privasip::Subscriber>> subscribers{std::vector<privasip::Subscriber>()};
  if (config.identity->subscribers_file) subscribers = read_subscribers(*config.identity->subscribers_file);
  if (!subscribers) return subscribers.error();

  KeyBook book(privasip::Sealer(master), privasip::Opener(std::move(*own), std::move(*subscribers)));
  book.own_ = std::move(current);
  if (config.identity->pseudonyms) {
    auto key = store->pseudonym_key();
    if (!key) return key.error();
    book.pseudonym_key_ = std::move(*key);
  }
  if (auto read = book.read_passwords(config); !read) return read.error();
  book.store_ = std::move(store);
  return book;
}

Result<void> KeyBook::read_passwords(const Config& config) {
  for (const AccountConfig& account : config.accounts) {
    if (!account.password_file) continue;
    auto password = read_password(*account.password_file);
    if (!password) return password.error();
    // The realm of a home proxy is its domain, as a rule; the sidecar's subscriber file says the same.
    auto key = privasip::PasswordKey::from_password(account.login, account.host, *password);
    shared_.emplace(account_key(account), Shared{std::move(*password), std::move(key)});
  }
  return {};
}

const PublicKey* KeyBook::recipient(std::string_view name, privasip::Algorithm algorithm, TimePoint now) {
  for (const auto& [own_name, key] : own_)
    if (own_name == name && key.algorithm() == algorithm) return &key;
  if (store_ == nullptr) return nullptr;
  auto found = known_.find(std::string(name));
  const bool due = found == known_.end() ||
                   now - found->second.read_at > (found->second.keys.empty() ? missing_after : reread_after);
  if (due) {
    if (known_.size() >= max_known) known_.clear();
    auto pinned = store_->pinned(name);
    found =
        known_.insert_or_assign(std::string(name), Known{pinned ? std::move(*pinned) : std::vector<PublicKey>(), now})
            .first;
  }
  for (const PublicKey& key : found->second.keys)
    if (key.algorithm() == algorithm) return &key;
  return nullptr;
}

const privasip::PasswordKey* KeyBook::shared_key(const AccountConfig& account) const {
  const auto found = shared_.find(account_key(account));
  return found == shared_.end() ? nullptr : &found->second.key;
}

const SecretBytes* KeyBook::password(const AccountConfig& account) const {
  const auto found = shared_.find(account_key(account));
  return found == shared_.end() ? nullptr : &found->second.password;
}

std::vector<PublicKey> KeyBook::published(std::string_view name) const {
  std::vector<PublicKey> keys;
  for (const auto& [own_name, key] : own_)
    if (own_name == name) keys.push_back(key);
  return keys;
}

} // namespace sipveil::identity
