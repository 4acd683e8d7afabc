#pragma once

#include "base/clock.h"
#include "bridge/config/config.h"
#include "bridge/identity/key_book.h"
#include "bridge/identity/party.h"
#include "bridge/seal/local_seal.h"
#include "bridge/sip/message.h"
#include "privasip/replay_guard.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::identity {

/// Which of From and To of a request are tokens: bit 0 and bit 1.
[[nodiscard]] std::uint8_t sealed_parties(const sip::Message& request);

/// How the caller of one dialog is sealed. Stays as it was when the dialog began.
struct Sealing {
  privasip::Version scheme = privasip::Version::none;
  privasip::KnownTo known_to = privasip::KnownTo::home;
  bool open_caller = false; ///< the caller asked to be seen (`Privacy: none`); the callee's name is not his to show

  /// One byte, as the dialog's token keeps it.
  [[nodiscard]] std::uint8_t encode() const;
  [[nodiscard]] static Sealing decode(std::uint8_t byte);
  bool operator==(const Sealing&) const = default;
};

/// Who sends an outward request, and what he asked for.
struct Caller {
  const AccountConfig* account = nullptr; ///< role phone, if it has one
  Sealing sealing;
};

/// What the step must know of a message's dialog.
struct Dialog {
  std::string_view wire_id;        ///< its Call-ID on the wire
  bool opened_inside = true;       ///< its first request came from the phone side
  bool begins = true;              ///< this request stands outside of every dialog (no To tag)
  std::uint8_t sealed_parties = 0; ///< of the first request, if it came from outside
  std::string_view written_uri;    ///< the Request-URI as its sender wrote it, before it was routed
  std::uint32_t issued = 0;        ///< Unix time of its first request, as its tokens carry it
  /// Maps a Call-ID or tag of this side to the other side's; for Replaces in Refer-To.
  std::function<std::string(std::string_view)> translate;
  TimePoint now{};
  privasip::UnixSeconds unix_now = 0;
};

/// URIs of From and To as the phone wrote them, where the step replaced them by tokens.
struct Originals {
  std::string from_uri;
  std::string to_uri;
};

/// Why a message goes no further.
struct Refusal {
  int status = 500;
  std::string_view why; ///< for the phone side and the log; names nobody
};

/// One answer for every token that does not open, whatever is wrong with it, and the one that a proxy gives for a user
/// that it does not know.
inline constexpr Refusal not_found{404, "not found"};

/// PrivaSIP over whole messages: what leaves is sealed, what comes is opened, and where neither is possible nothing
/// passes. Applies to Request-URI, From, To, P-Asserted-Identity, P-Preferred-Identity, Remote-Party-ID, Referred-By,
/// Refer-To, the Digest credentials, and Contact in redirections (Contact of dialogs and registrations is the hop's).
/// Display names leave in no case. One thread.
class Identities {
 public:
  /// `config` and `seal` must outlive it.
  Identities(const Config& config, KeyBook keys, const LocalSeal& seal);

  /// Who sends this outward request that begins a dialog, by its From, its Privacy header (RFC 3323) and the class that
  /// its Request-URI asks for.
  [[nodiscard]] Caller caller_of(const sip::Message& request) const;
  /// The same for a request inside a dialog that began with `sealing`.
  [[nodiscard]] Caller caller_of(const sip::Message& request, Sealing sealing) const;
  /// What holds for what our side says in a dialog that the other side began.
  [[nodiscard]] Sealing own_sealing() const;

  [[nodiscard]] std::optional<Refusal> outward_request(sip::Message& request, const Dialog& dialog,
                                                       const Caller& caller, Originals& sealed);
  /// `restore`: of the dialog's token.
  [[nodiscard]] std::optional<Refusal> inward_request(sip::Message& request, const Dialog& dialog,
                                                      const Originals& restore);
  /// From and To of a response are those of its request and not looked at.
  void outward_response(sip::Message& response, const Dialog& dialog);
  void inward_response(sip::Message& response, const Dialog& dialog);

  [[nodiscard]] KeyBook& keys() { return keys_; }
  [[nodiscard]] const KeyBook& keys() const { return keys_; }

 private:
  struct Seal; // outward.cpp: one outward request
  struct Open; // inward.cpp: one inward message

  /// What travels beside a name on the phone side, and the wire's URI with it put back. Sealed: the proxy's log holds
  /// the name, and the next proxy's log the token; nothing in both must be the same.
  /// Good in the dialog of this Call-ID alone: a phone that calls again out of its history makes a new token.
  [[nodiscard]] std::string beside(const Party& inner, std::string_view token, bool hidden,
                                   std::string_view dialog) const;
  [[nodiscard]] std::optional<std::string> put_back(const Party& party, std::string_view dialog) const;
  /// The domain is one whose identities are opened here.
  [[nodiscard]] bool is_own_domain(std::string_view host) const;

  const Config& config_;
  KeyBook keys_;
  const LocalSeal& seal_;
  privasip::ReplayGuard replays_;
};

} // namespace sipveil::identity
