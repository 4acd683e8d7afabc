#pragma once

#include "privasip/opener.h"
#include "privasip/sealer.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::privasip::world {

inline constexpr UnixSeconds now = 1'700'000'000;

/// Keys that are made once for all tests of the program: one of RSA takes long under a sanitizer. `which` tells two
/// keys of one kind apart.
inline const SecretBytes& pem_of(KeyKind kind, unsigned which = 0) {
  static std::map<std::pair<KeyKind, unsigned>, SecretBytes> made;
  auto& pem = made[{kind, which}];
  if (pem.empty()) pem = PrivateKey::generate(kind)->pem();
  return pem;
}

inline PrivateKey private_key(KeyKind kind, unsigned which = 0) {
  return *PrivateKey::from_pem(pem_of(kind, which));
}

inline PublicKey public_key(KeyKind kind, unsigned which = 0) {
  return private_key(kind, which).public_key();
}

inline OwnKey own_key(KeyKind kind, std::string name, std::optional<UnixSeconds> retired_at = std::nullopt,
                      unsigned which = 0) {
  return {std::move(name), private_key(kind, which), retired_at};
}

inline std::vector<OwnKey> keys(OwnKey one) {
  std::vector<OwnKey> out;
  out.push_back(std::move(one));
  return out;
}

inline PasswordKey password_key(std::string_view user = "alice") {
  return PasswordKey::from_password(user, "a.example", SecretBytes(std::string_view("correct horse")));
}

inline std::vector<Subscriber> subscribers(std::initializer_list<std::string_view> users) {
  std::vector<Subscriber> out;
  for (const auto user : users)
    out.push_back({std::string(user), "a.example", password_key(user)});
  return out;
}

inline Sealer sealer(unsigned char master = 7, std::size_t cache = Sealer::default_cache) {
  return Sealer(SecretBytes(std::string(32, static_cast<char>(master))), cache);
}

inline const Identity alice{"alice", "a.example"};
inline const Context of_call{Sender::caller, Subject::caller, "3848276298220188511@anonymous.invalid"};

inline constexpr KeyKind all_kinds[] = {KeyKind::x25519, KeyKind::p256, KeyKind::rsa_2048, KeyKind::rsa_3072};

} // namespace sipveil::privasip::world
