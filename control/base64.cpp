#include "control/base64.h"

#include <openssl/evp.h>

namespace sipveil::control {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

} // namespace

SecretBytes base64_encode(std::span<const unsigned char> bytes) {
  const std::size_t size = (bytes.size() + 2) / 3 * 4;
  // EVP_EncodeBlock ends its output with a NUL.
  SecretBytes block(size + 1);
  EVP_EncodeBlock(block.writable().data(), bytes.data(), static_cast<int>(bytes.size()));
  return SecretBytes(block.bytes().first(size));
}

std::optional<SecretBytes> base64_decode(std::string_view text) {
  const auto content = text.substr(0, text.find('='));
  const auto padding = text.substr(content.size());
  // EVP_DecodeBlock is lenient at both ends, so the form is judged here.
  if (text.empty() || text.size() % 4 != 0 || (!padding.empty() && padding != "=" && padding != "==") ||
      content.find_first_not_of(alphabet) != std::string_view::npos)
    return std::nullopt;
  SecretBytes block(text.size() / 4 * 3);
  const auto* in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(block.writable().data(), in, static_cast<int>(text.size()));
  // It counts padding as zero bytes.
  if (size < static_cast<int>(padding.size())) return std::nullopt;
  return SecretBytes(block.bytes().first(static_cast<std::size_t>(size) - padding.size()));
}

} // namespace sipveil::control
