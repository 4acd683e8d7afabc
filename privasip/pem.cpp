#include "privasip/pem.h"

#include "privasip/handles.h"
#include "privasip/primitives.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>

namespace sipveil::privasip {
namespace {

/// Sixteen keys of RSA-3072 need 10 KiB; the rest is for comments.
constexpr std::size_t max_text = std::size_t{64} * 1024;

Error error(Errc code, std::string what) {
  return {code, Fault::configuration, std::move(what), "", false};
}

/// What PEM_read_bio allocates.
struct Raw {
  char* label = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  Raw() = default;
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() {
    OPENSSL_free(label);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  }
};

} // namespace

Result<std::vector<PemBlock>> read_pem(std::string_view text, std::size_t most) {
  const ForgetErrors forget;
  if (text.size() > max_text) return error(Errc::too_large, fmt::format("more than {} bytes of PEM", max_text));
  if (text.empty()) return std::vector<PemBlock>{};
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  require(bio != nullptr);
  std::vector<PemBlock> blocks;
  for (;;) {
    Raw raw;
    if (PEM_read_bio(bio.get(), &raw.label, &raw.header, &raw.data, &raw.size) != 1) {
      if (ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE) return blocks;
      return error(Errc::malformed, "a PEM block is cut or has foreign characters");
    }
    if (*raw.header != '\0') return error(Errc::malformed, "a PEM block has headers, as an encrypted key has");
    if (blocks.size() == most) return error(Errc::too_large, fmt::format("more than {} PEM blocks", most));
    blocks.push_back(
        {raw.label, SecretBytes(std::span<const unsigned char>(raw.data, static_cast<std::size_t>(raw.size)))});
  }
}

SecretBytes write_pem(const char* label, std::span<const unsigned char> der) {
  const Bio bio(BIO_new(BIO_s_mem())); // OpenSSL zeroes its buffer when it goes
  require(bio && PEM_write_bio(bio.get(), label, "", der.data(), static_cast<long>(der.size())) > 0);
  const char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return SecretBytes(std::string_view(text, static_cast<std::size_t>(size)));
}

} // namespace sipveil::privasip
