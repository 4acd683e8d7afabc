#include "bridge/config/sections.h"
#include "bridge/config/subscribers.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sipveil {
namespace {

using privasip::Algorithm;
using privasip::KnownTo;
using privasip::Version;

constexpr std::array<std::pair<std::string_view, Version>, 3> schemes{
    {{"none", Version::none}, {"privasip-1", Version::privasip_1}, {"privasip-2", Version::privasip_2}}};
constexpr std::array<std::pair<std::string_view, Algorithm>, 4> algorithms{{{"aes", Algorithm::aes},
                                                                            {"rsa", Algorithm::rsa},
                                                                            {"ecies-x25519", Algorithm::ecies_x25519},
                                                                            {"ecies-p256", Algorithm::ecies_p256}}};
constexpr std::array<std::pair<std::string_view, bool>, 2> views{{{"real", false}, {"pseudonym", true}}};

/// A host that a key file can be named after (privasip::KeyStore): no IPv6 literal, nothing too long.
bool can_name_a_key(std::string_view host) {
  constexpr std::size_t longest = 128;
  return host.size() <= longest && host.find_first_of("[]:") == std::string_view::npos;
}

std::vector<std::string> read_domains(Reader& reader) {
  Reading& reading = reader.reading();
  std::vector<std::string> domains;
  const auto texts = reader.texts("domains");
  for (const Text& text : texts.value_or(std::vector<Text>{})) {
    const auto host = own_domain(text, reading);
    if (!host) continue;
    if (!can_name_a_key(*host))
      reading.mistake(text.place, fmt::format("{} cannot have a key", in_quotes(*host)), "Write a domain name.");
    else if (std::ranges::find(domains, *host) != domains.end())
      reading.mistake(text.place, fmt::format("{} is there twice", in_quotes(*host)));
    else
      domains.push_back(*host);
  }
  if (texts && texts->empty())
    reading.mistake(reader.place("domains"), "is empty", "Name the domains that the proxy serves.");
  return domains;
}

void read_proxy_keys(Reader& reader, IdentityConfig& identity) {
  Reading& reading = reader.reading();
  identity.pseudonyms = reader.choice<bool>("view", views).value_or(identity.pseudonyms);
  identity.domains = read_domains(reader);
  if (const auto text = reader.text("subscribers_file")) {
    identity.subscribers_file = secret_file(*text, reading);
    if (identity.subscribers_file && reading.look_at_files) {
      // Read and forgotten: a wrong line shall be found now, not by the first call.
      if (const auto read = read_subscribers(*identity.subscribers_file); !read)
        reading.mistake(text->place, read.error().what, read.error().mend);
    }
  }
}

void check_proxy_keys(const Reader& reader, const IdentityConfig& identity) {
  Reading& reading = reader.reading();
  if (!reader.has("domains"))
    reading.mistake(reader.place("domains"), "is missing",
                    "Write domains = [\"...\"], the domains that the proxy serves.");
  if (identity.algorithm == Algorithm::aes && !reader.has("subscribers_file"))
    reading.mistake(reader.place("subscribers_file"),
                    "is missing, and \"aes\" opens with what the subscribers' passwords give",
                    "Write subscribers_file = \"...\", a file with mode 0600 of lines user:realm:HA1.");
}

void refuse_proxy_keys(const Reader& reader) {
  for (const std::string_view key : {"view", "domains", "subscribers_file"}) {
    if (reader.has(key)) reader.reading().mistake(reader.place(key), "is only for role = \"proxy\"", "Remove the key.");
  }
}

} // namespace

std::optional<KnownTo> read_known_to(Reader& reader) {
  constexpr std::array<std::pair<std::string_view, KnownTo>, 4> words{{{"nobody", KnownTo::nobody},
                                                                       {"callee", KnownTo::callee},
                                                                       {"home", KnownTo::home},
                                                                       {"callee-home", KnownTo::callee_home}}};
  return reader.choice<KnownTo>("caller_known_to", words);
}

void check_aes_class(const Reader& reader, Algorithm algorithm, KnownTo known_to) {
  if (algorithm == Algorithm::aes && known_to != KnownTo::home)
    reader.reading().mistake(reader.place("caller_known_to"),
                             "\"aes\" seals with the account's password, which only the caller's home knows",
                             "Write caller_known_to = \"home\", or algorithm = \"ecies-x25519\" in [identity].");
}

IdentityConfig read_identity(Reader& reader, const Names& names, const std::filesystem::path& state_dir) {
  IdentityConfig identity;
  const auto scheme = reader.choice<Version>("scheme", schemes);
  identity.scheme = scheme.value_or(identity.scheme);
  identity.algorithm = reader.choice<Algorithm>("algorithm", algorithms).value_or(identity.algorithm);
  identity.caller_known_to = read_known_to(reader).value_or(identity.caller_known_to);
  identity.hide_domain = reader.boolean("hide_domain").value_or(identity.hide_domain);
  identity.keys_dir = state_dir / "keys";
  if (const auto text = reader.text("keys_dir"))
    identity.keys_dir = file_path(*text, reader.reading()).value_or(identity.keys_dir);
  // Below a minute honest clocks differ; a day is long enough for any, and bounds what must be remembered.
  if (const auto seconds = reader.integer("replay_window", 60, 86'400))
    identity.replay_window = std::chrono::seconds(*seconds);
  read_proxy_keys(reader, identity);
  // Without a valid role neither is known to be wrong.
  if (names.role == Role::proxy) check_proxy_keys(reader, identity);
  if (names.role == Role::phone) refuse_proxy_keys(reader);
  const bool scheme_is_wrong = reader.has("scheme") && !scheme;
  if (identity.algorithm == Algorithm::aes && identity.scheme == Version::privasip_2 && !scheme_is_wrong)
    reader.reading().mistake(reader.place("algorithm"),
                             "\"aes\" seals to the caller's home alone, and \"privasip-2\" seals the callee to his",
                             "Write scheme = \"privasip-1\", or algorithm = \"ecies-x25519\".");
  check_aes_class(reader, identity.algorithm, identity.caller_known_to);
  return identity;
}

} // namespace sipveil
