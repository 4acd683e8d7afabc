#include "bridge/daemon/complaints.h"

#include <spdlog/spdlog.h>

namespace sipveil {
namespace {

/// Problems alternate between a few texts; one that counts or dates itself must not fill the memory.
constexpr std::size_t most_texts = 32;

} // namespace

void Complaints::say(const Error& error) {
  // Our own end is no problem.
  if (error.code == Errc::cancelled) return;
  if (said_.size() >= most_texts) said_.clear();
  std::string text = error.text();
  if (!said_.insert(text).second) return;
  spdlog::warn("{}: {}", who_, text);
}

} // namespace sipveil
