#pragma once

#include "base/error.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::doctor {

enum class Verdict {
  ok,
  failed,
  skipped, ///< not looked at: not configured, or an earlier check that it needs has failed
};

[[nodiscard]] std::string_view name(Verdict verdict);

/// What a check is about.
struct Subject {
  std::string id;    ///< stable, for programs: "tor_bootstrap", "peer:bob"
  std::string title; ///< for people
};

/// The outcome of one check. Holds no secret.
struct Check {
  Subject subject;
  Verdict verdict = Verdict::skipped;
  std::string detail; ///< what was found, or why it was skipped; may have several lines
  std::string mend;   ///< what to do about a failure; may be empty
};

// The checks in their order; the peers' follow.
inline const Subject configuration{"config", "configuration"};
inline const Subject state_directory{"state_dir", "state directory"};
inline const Subject identity_keys{"keys", "identity keys"};
inline const Subject listen_addresses{"ports", "listen addresses"};
inline const Subject tor_reachable{"tor_reachable", "tor reachable"};
inline const Subject tor_authentication{"tor_authentication", "tor authentication"};
inline const Subject tor_version{"tor_version", "tor version"};
inline const Subject tor_bootstrap{"tor_bootstrap", "tor bootstrapped"};
inline const Subject tor_socks{"tor_socks", "tor SOCKS port"};
inline const Subject onion_service{"onion", "onion service"};
inline const Subject single_hop{"single_hop", "single-hop service"}; ///< only where it is configured
// Only with [i2p]:
inline const Subject i2p_router{"i2p_router", "I2P router"};
inline const Subject i2p_tunnels{"i2p_tunnels", "I2P tunnels"};
inline const Subject i2p_destination{"i2p_destination", "I2P destination"};
inline const Subject peers{"peers", "peers"};

/// Collects the checks of one examination, and shows each as it is done.
class Report {
 public:
  using Show = std::function<void(const Check&)>;
  /// How far a check is that takes long; for people alone.
  using ShowProgress = std::function<void(const Subject&, std::string_view)>;
  explicit Report(Show show = nullptr, ShowProgress progress = nullptr)
      : show_(std::move(show)), show_progress_(std::move(progress)) {}

  void ok(const Subject& subject, std::string detail);
  void failed(const Subject& subject, std::string detail, std::string mend);
  void failed(const Subject& subject, const Error& error);
  void skipped(const Subject& subject, std::string why);
  void progress(const Subject& subject, std::string_view how_far) const {
    if (show_progress_) show_progress_(subject, how_far);
  }

  [[nodiscard]] const std::vector<Check>& checks() const { return checks_; }
  [[nodiscard]] std::size_t count(Verdict verdict) const;
  [[nodiscard]] bool healthy() const { return count(Verdict::failed) == 0; }

 private:
  void add(Check check);
  Show show_;
  ShowProgress show_progress_;
  std::vector<Check> checks_;
};

/// One line for a check that goes on.
[[nodiscard]] std::string progress_text(const Subject& subject, std::string_view how_far);
/// One line for a check, further ones for what mends it.
[[nodiscard]] std::string to_text(const Check& check);
/// "all checks passed" or how many failed.
[[nodiscard]] std::string summary(const Report& report);
/// {"healthy":...,"checks":[{"id","title","verdict","detail","mend"}...]} with a line break at the end.
[[nodiscard]] std::string to_json(const Report& report);

} // namespace sipveil::doctor
