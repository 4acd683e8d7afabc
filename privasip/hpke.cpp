#include "privasip/hpke.h"

namespace sipveil::privasip::hpke {
namespace {

constexpr unsigned char mode_base = 0;

std::array<unsigned char, 10> suite_id(Suite suite) {
  const auto kem = static_cast<unsigned>(suite.kem);
  const auto aead = static_cast<unsigned>(suite.aead);
  return {'H',
          'P',
          'K',
          'E',
          static_cast<unsigned char>(kem >> 8U),
          static_cast<unsigned char>(kem),
          0,
          1, // HKDF-SHA256
          static_cast<unsigned char>(aead >> 8U),
          static_cast<unsigned char>(aead)};
}

} // namespace

Schedule key_schedule(Suite suite, const SecretHash& shared_secret, std::span<const unsigned char> info) {
  const auto id = suite_id(suite);
  const SecretHash psk_id_hash = labeled_extract(id, {}, "psk_id_hash", {});
  const SecretHash info_hash = labeled_extract(id, {}, "info_hash", info);
  Bytes context{mode_base};
  context.insert(context.end(), psk_id_hash.bytes().begin(), psk_id_hash.bytes().end());
  context.insert(context.end(), info_hash.bytes().begin(), info_hash.bytes().end());
  const SecretHash secret = labeled_extract(id, shared_secret.bytes(), "secret", {});
  Schedule schedule;
  schedule.key_size = suite.aead == Aead::aes_128_gcm ? 16 : 32;
  labeled_expand(id, secret, "key", context, std::span(schedule.key.writable()).first(schedule.key_size));
  labeled_expand(id, secret, "base_nonce", context, schedule.base_nonce);
  return schedule;
}

std::array<unsigned char, nonce_size> nonce_at(const Schedule& schedule, std::uint64_t sequence) {
  auto nonce = schedule.base_nonce;
  for (std::size_t i = nonce.size(); i-- > nonce.size() - sizeof sequence; sequence >>= 8U)
    nonce[i] ^= static_cast<unsigned char>(sequence);
  return nonce;
}

std::optional<Sealed> seal(Suite suite, EVP_PKEY* recipient, std::span<const unsigned char> recipient_serialized,
                           std::span<const unsigned char> info, std::span<const unsigned char> additional,
                           std::span<const unsigned char> plaintext, std::span<const unsigned char> ikm_e) {
  auto encapsulated = encapsulate(suite.kem, recipient, recipient_serialized, ikm_e);
  if (!encapsulated) return std::nullopt;
  const Schedule schedule = key_schedule(suite, encapsulated->shared_secret, info);
  return Sealed{std::move(encapsulated->enc),
                gcm_seal(schedule.key_bytes(), schedule.base_nonce, additional, plaintext)};
}

bool open(Suite suite, std::span<const unsigned char> enc, EVP_PKEY* own, std::span<const unsigned char> own_serialized,
          std::span<const unsigned char> info, std::span<const unsigned char> additional,
          std::span<const unsigned char> ciphertext, std::span<unsigned char> out) {
  const auto shared_secret = decapsulate(suite.kem, enc, own, own_serialized);
  if (!shared_secret) return false;
  const Schedule schedule = key_schedule(suite, *shared_secret, info);
  return gcm_open(schedule.key_bytes(), schedule.base_nonce, additional, ciphertext, out);
}

} // namespace sipveil::privasip::hpke
