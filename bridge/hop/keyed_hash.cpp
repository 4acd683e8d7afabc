#include "bridge/hop/keyed_hash.h"

#include "base/random.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <cstdlib>
#include <cstring>

namespace sipveil::hop {

struct KeyedHash::Context {
  EVP_MAC* mac = nullptr;
  EVP_MAC_CTX* state = nullptr;
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    EVP_MAC_CTX_free(state);
    EVP_MAC_free(mac);
  }
};

KeyedHash::KeyedHash() : context_(std::make_unique<Context>()) {
  std::array<unsigned char, 16> key{};
  fill_random(key);
  std::size_t size = 16;
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size), OSSL_PARAM_construct_end()};
  context_->mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  context_->state = context_->mac != nullptr ? EVP_MAC_CTX_new(context_->mac) : nullptr;
  // Without the tables' hash there is nothing to run; OpenSSL's default provider always has it.
  if (context_->state == nullptr || EVP_MAC_init(context_->state, key.data(), key.size(), parameters) != 1)
    std::abort();
}

KeyedHash::~KeyedHash() = default;

Digest KeyedHash::operator()(std::initializer_list<std::string_view> parts) const {
  std::array<unsigned char, 16> out{};
  std::size_t size = 0;
  bool good = EVP_MAC_init(context_->state, nullptr, 0, nullptr) == 1;
  for (std::string_view part : parts) {
    const std::uint64_t length = part.size();
    good = good && EVP_MAC_update(context_->state, reinterpret_cast<const unsigned char*>(&length), sizeof length) == 1;
    good =
        good && EVP_MAC_update(context_->state, reinterpret_cast<const unsigned char*>(part.data()), part.size()) == 1;
  }
  if (!good || EVP_MAC_final(context_->state, out.data(), &size, out.size()) != 1) std::abort();
  Digest digest;
  std::memcpy(&digest.high, out.data(), 8);
  std::memcpy(&digest.low, out.data() + 8, 8);
  return digest;
}

} // namespace sipveil::hop
