#include "bridge/hop/xaes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>

namespace sipveil::hop {
namespace {

using Block = std::array<unsigned char, 16>;

/// A failure here means that OpenSSL has no AES: there is nothing to go on with.
void require(bool good) {
  if (!good) std::abort();
}

} // namespace

struct Xaes256Gcm::State {
  EVP_CIPHER_CTX* block = EVP_CIPHER_CTX_new(); ///< AES-256 under the master key
  EVP_CIPHER_CTX* gcm = EVP_CIPHER_CTX_new();
  EVP_CIPHER* gcm_cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Block subkey{}; ///< K1 of CMAC (NIST SP 800-38B section 6.1)

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    OPENSSL_cleanse(subkey.data(), subkey.size());
    EVP_CIPHER_CTX_free(block);
    EVP_CIPHER_CTX_free(gcm);
    EVP_CIPHER_free(gcm_cipher);
  }

  Block encrypt(const Block& in) const {
    Block out{};
    int size = 0;
    require(EVP_EncryptUpdate(block, out.data(), &size, in.data(), static_cast<int>(in.size())) == 1 && size == 16);
    return out;
  }

  /// The message key: two CMAC blocks over a counter, the letter X and the first 12 bytes of the nonce.
  std::array<unsigned char, 32> derive(std::span<const unsigned char, nonce_size> nonce) const {
    std::array<unsigned char, 32> key{};
    for (std::size_t counter = 1; counter <= 2; ++counter) {
      Block input{0, static_cast<unsigned char>(counter), 'X', 0};
      std::copy(nonce.begin(), nonce.begin() + 12, input.begin() + 4);
      for (std::size_t i = 0; i < input.size(); ++i)
        input[i] ^= subkey[i];
      const Block half = encrypt(input);
      std::copy(half.begin(), half.end(), &key[(counter - 1) * 16]);
    }
    return key;
  }
};

Xaes256Gcm::Xaes256Gcm(std::span<const unsigned char, key_size> key) : state_(std::make_unique<State>()) {
  require(state_->gcm_cipher != nullptr);
  require(EVP_EncryptInit_ex(state_->block, EVP_aes_256_ecb(), nullptr, key.data(), nullptr) == 1);
  EVP_CIPHER_CTX_set_padding(state_->block, 0);
  const Block l = state_->encrypt(Block{});
  unsigned carry = 0;
  for (std::size_t i = l.size(); i-- > 0;) {
    state_->subkey[i] = static_cast<unsigned char>((unsigned{l[i]} << 1U) | carry);
    carry = unsigned{l[i]} >> 7U;
  }
  if (carry != 0) state_->subkey[15] ^= 0x87;
}

Xaes256Gcm::~Xaes256Gcm() = default;

Bytes Xaes256Gcm::seal(std::span<const unsigned char, nonce_size> nonce, std::span<const unsigned char> plaintext,
                       std::span<const unsigned char> additional) const {
  auto key = state_->derive(nonce);
  Bytes out(plaintext.size() + tag_size);
  int size = 0;
  EVP_CIPHER_CTX* gcm = state_->gcm;
  require(EVP_EncryptInit_ex(gcm, state_->gcm_cipher, nullptr, key.data(), nonce.data() + 12) == 1);
  require(EVP_EncryptUpdate(gcm, nullptr, &size, additional.data(), static_cast<int>(additional.size())) == 1);
  require(EVP_EncryptUpdate(gcm, out.data(), &size, plaintext.data(), static_cast<int>(plaintext.size())) == 1);
  require(EVP_EncryptFinal_ex(gcm, out.data() + size, &size) == 1);
  require(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_GET_TAG, tag_size, out.data() + plaintext.size()) == 1);
  OPENSSL_cleanse(key.data(), key.size());
  return out;
}

std::optional<Bytes> Xaes256Gcm::open(std::span<const unsigned char, nonce_size> nonce,
                                      std::span<const unsigned char> sealed,
                                      std::span<const unsigned char> additional) const {
  if (sealed.size() < tag_size) return std::nullopt;
  auto key = state_->derive(nonce);
  Bytes out(sealed.size() - tag_size);
  Bytes tag(sealed.end() - static_cast<std::ptrdiff_t>(tag_size), sealed.end());
  int size = 0;
  EVP_CIPHER_CTX* gcm = state_->gcm;
  require(EVP_DecryptInit_ex(gcm, state_->gcm_cipher, nullptr, key.data(), nonce.data() + 12) == 1);
  OPENSSL_cleanse(key.data(), key.size());
  require(EVP_DecryptUpdate(gcm, nullptr, &size, additional.data(), static_cast<int>(additional.size())) == 1);
  require(EVP_DecryptUpdate(gcm, out.data(), &size, sealed.data(), static_cast<int>(out.size())) == 1);
  require(EVP_CIPHER_CTX_ctrl(gcm, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(gcm, out.data() + size, &size) != 1) return std::nullopt;
  return out;
}

} // namespace sipveil::hop
