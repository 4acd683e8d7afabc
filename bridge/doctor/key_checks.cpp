#include "bridge/doctor/key_checks.h"

#include "bridge/config/key_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <sys/stat.h>

namespace sipveil::doctor {
namespace {

namespace fs = std::filesystem;

/// Whoever can exchange a pinned key reads what is sealed to it from then on.
constexpr unsigned writable_by_others = 0022;

/// The directory or pinned key that others may write, if there is one.
std::optional<fs::path> exchangeable(const fs::path& keys_dir) {
  const auto exposed = [](const fs::path& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && (status.st_mode & writable_by_others) != 0;
  };
  for (const fs::path& directory : {keys_dir, keys_dir / "own", keys_dir / "peers"})
    if (exposed(directory)) return directory;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(keys_dir / "peers", failed))
    if (exposed(entry.path())) return entry.path();
  return std::nullopt;
}

/// What is wrong, one line each, and what mends the first of it.
class Findings {
 public:
  void add(std::string what, std::string mend) {
    text_ += (text_.empty() ? "" : "\n") + std::move(what);
    if (mend_.empty()) mend_ = std::move(mend);
  }
  void add(const Error& error) { add(error.what, error.mend); }

  [[nodiscard]] bool none() const { return text_.empty(); }
  void conclude(Report& report) const { report.failed(identity_keys, text_, mend_); }

 private:
  std::string text_;
  std::string mend_;
};

/// Returns how many of our own keys open something.
std::size_t look_at_own(const privasip::KeyStore& store, const Config& config, privasip::UnixSeconds now,
                        Findings& findings) {
  const auto own = store.own(now);
  if (!own) {
    findings.add(own.error());
    return 0;
  }
  for (const std::string& name : names_to_own(config)) {
    const bool current =
        std::ranges::any_of(*own, [&](const auto& key) { return key.name == name && !key.retired_at; });
    if (!current) findings.add("no current own key of " + name, "Run: sipveil keys generate " + name);
  }
  return own->size();
}

/// Returns of how many names keys are pinned.
std::size_t look_at_pinned(const privasip::KeyStore& store, const Config& config, Findings& findings) {
  const auto names = store.pinned_names();
  if (!names) {
    findings.add(names.error());
    return 0;
  }
  for (const std::string& name : *names)
    if (const auto keys = store.pinned(name); !keys) findings.add(keys.error());
  for (const std::string& name : names_to_pin(config))
    if (std::ranges::find(*names, name) == names->end())
      findings.add("no pinned key of " + name, "Run: sipveil keys fetch " + name);
  return names->size();
}

} // namespace

void check_keys(const Config& config, privasip::UnixSeconds now, Report& report) {
  if (!config.identity) return report.skipped(identity_keys, "there is no [identity] section");
  const privasip::KeyStore store(config.identity->keys_dir);
  Findings findings;
  if (const auto path = exchangeable(store.directory()))
    findings.add(fmt::format("others may write {}", path->string()), fmt::format("Run: chmod go-w {}", path->string()));
  const std::size_t own = look_at_own(store, config, now, findings);
  const std::size_t pinned = look_at_pinned(store, config, findings);
  if (!findings.none()) return findings.conclude(report);
  report.ok(identity_keys, fmt::format("{}: {} own, {} pinned", store.directory().string(), own, pinned));
}

} // namespace sipveil::doctor
