#include "privasip/identity.h"

namespace sipveil::privasip {

std::string_view name(Version version) {
  switch (version) {
  case Version::none: return "none";
  case Version::privasip_1: return "privasip-1";
  case Version::privasip_2: return "privasip-2";
  }
  return "?";
}

std::string_view name(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::aes: return "aes";
  case Algorithm::rsa: return "rsa";
  case Algorithm::ecies_x25519: return "ecies-x25519";
  case Algorithm::ecies_p256: return "ecies-p256";
  }
  return "?";
}

std::string_view name(KnownTo known_to) {
  switch (known_to) {
  case KnownTo::nobody: return "nobody";
  case KnownTo::callee: return "callee";
  case KnownTo::home: return "home";
  case KnownTo::callee_home: return "callee-home";
  }
  return "?";
}

} // namespace sipveil::privasip
