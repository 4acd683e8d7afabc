#include "control/onion_record.h"

#include "base/file.h"

#include <fmt/format.h>

#include <system_error>

namespace sipveil::control {

std::optional<OnionRecord::Content> OnionRecord::read() const {
  if (file_.empty()) return std::nullopt;
  const auto bytes = read_secret_file(file_);
  if (!bytes) return std::nullopt;
  const auto text = bytes->reveal();
  const auto first = text.find('\n');
  if (first == std::string_view::npos || !text.ends_with('\n')) return std::nullopt;
  auto target = Endpoint::parse(text.substr(0, first));
  const auto digest = text.substr(first + 1);
  if (!target || digest.size() != 65) return std::nullopt;
  return Content{std::move(*target), std::string(digest.substr(0, 64))};
}

std::optional<Endpoint> OnionRecord::target_for(const std::optional<Endpoint>& wanted) const {
  if (wanted && (wanted->is_unix() || wanted->host_port().port() != 0)) return std::nullopt;
  auto content = read();
  if (!content || content->target.is_unix()) return std::nullopt;
  const std::string host = wanted ? wanted->host_port().host() : "127.0.0.1";
  if (content->target.host_port().host() != host) return std::nullopt;
  return std::move(content->target);
}

bool OnionRecord::says(std::string_view digest) const {
  const auto content = read();
  return content && content->digest == digest;
}

Result<void> OnionRecord::keep(const Endpoint& target, std::string_view digest) const {
  if (file_.empty()) return {};
  const auto text = fmt::format("{}\n{}\n", target.text(), digest);
  return write_secret_file(file_, SecretBytes(std::string_view(text)));
}

void OnionRecord::forget() const {
  std::error_code ignored; // it is most often not there
  if (!file_.empty()) std::filesystem::remove(file_, ignored);
}

} // namespace sipveil::control
