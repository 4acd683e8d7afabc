#pragma once

#include "privasip/keys.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sipveil::keys {

inline privasip::PublicKey made(privasip::KeyKind kind = privasip::KeyKind::x25519) {
  return privasip::PrivateKey::generate(kind).value().public_key();
}

inline std::vector<std::string> fingerprints(const std::vector<privasip::PublicKey>& keys) {
  std::vector<std::string> result;
  for (const auto& key : keys)
    result.push_back(key.fingerprint());
  return result;
}

/// A header's line taken out of a message and another put in its place.
inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) {
    ADD_FAILURE() << "the text lacks: " << from;
    return text;
  }
  return text.replace(at, from.size(), to);
}

} // namespace sipveil::keys
