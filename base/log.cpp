#include "base/log.h"

#include "base/encoding.h"
#include "base/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <spdlog/sinks/stdout_color_sinks.h>

#include <array>

namespace sipveil {
namespace {

bool reveal = false;

/// Lives as long as the process and is never written anywhere, so digests of different runs cannot be related.
const std::array<unsigned char, 32>& redaction_key() {
  static const auto key = [] {
    std::array<unsigned char, 32> fresh{};
    fill_random(fresh);
    return fresh;
  }();
  return key;
}

} // namespace

void set_up_log(const LogOptions& options) {
  reveal = options.reveal_identities;
  auto logger = spdlog::stderr_color_mt("sipveil");
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(options.level));
  spdlog::set_default_logger(std::move(logger));
}

std::string redact(std::string_view identity) {
  if (reveal) return std::string(identity);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const auto bytes = as_bytes(identity);
  HMAC(EVP_sha256(), redaction_key().data(), static_cast<int>(redaction_key().size()), bytes.data(), bytes.size(),
       digest.data(), &size);
  std::string mark = "~";
  mark += hex_encode(std::span(digest).first(4));
  return mark;
}

bool RateLimit::allow(TimePoint now, unsigned& held_back) {
  if (now - window_ >= period_) {
    window_ = now;
    in_window_ = 0;
  }
  if (in_window_ >= burst_) {
    ++held_back_;
    return false;
  }
  ++in_window_;
  held_back = held_back_;
  held_back_ = 0;
  return true;
}

} // namespace sipveil
