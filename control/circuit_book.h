#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "control/circ_event.h"
#include "control/stream_event.h"
#include "transports/isolation.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sipveil::control {

/// Which of tor's circuits carry links of ours, and which of them no link needs any more: tor itself would keep a
/// circuit for ten minutes after its last stream, and a client's introduction circuit for up to an hour. Events and
/// time in, circuit ids out, no I/O.
///
/// What tor's events tell (measured with tor 0.4.9; control-spec sections 4.1.1 and 4.1.2):
/// - exit: the circuit is often built before anybody asks, so that only the STREAM events name the credential with it;
/// - onion service: one credential has two circuits. HS_CLIENT_REND is taken from a stock of circuits without a
///   credential, so that only the STREAM events name it; HS_CLIENT_INTRO has no stream, so that only CIRC events do;
/// - HS_CLIENT_HSDIR, which fetches the descriptor, has no credential: it is tor's own and serves everybody.
///
/// A tor that names no credential in its events gives nothing to close. Circuits of other programs are never kept.
class CircuitBook {
 public:
  /// Far above the links that a bridge has open or has just ended; a further credential is left to tor's own time-outs.
  static constexpr std::size_t most_credentials = 8192;
  /// Tor tries a few introduction and rendezvous circuits for one stream; further ones are left to tor.
  static constexpr std::size_t most_circuits = 16;
  /// Tor goes on for a while with circuits for a stream that has ended: they are ours to close for so long.
  static constexpr Duration late = 120s;
  /// An introduction circuit is closed at a random moment within this time of its link's end. Both circuits pass the
  /// same guard; closed together, they would tell it which belong together, and tor keeps this one open (as
  /// CIRCUIT_PADDING) to hide exactly that.
  static constexpr Duration introduction_delay = 20s;

  explicit CircuitBook(std::function<std::uint64_t()> random = random_u64) : random_(std::move(random)) {}

  /// A link that uses this credential is about to be dialled. To be called once for each link.
  void expect(const Isolation& credential);
  /// That link has ended, or was never up. What was not expected is passed over.
  void ended(const Isolation& credential, TimePoint now);

  void on_circuit(const CircEvent& event, TimePoint now);
  void on_stream(const StreamEvent& event, TimePoint now);
  /// Another control connection: its tor may be another process, whose circuits have other numbers. The book is not
  /// filled from GETINFO circuit-status, whose length nothing bounds: the STREAM event that ends a link names its
  /// circuit again.
  void forget_circuits();

  /// The circuits to close now, each once (and again when another stream of an ended link leaves it). They are to be
  /// closed with IfUnused: a link that shares the credential may have been given the circuit meanwhile.
  [[nodiscard]] std::vector<std::string> take_due(TimePoint now);
  /// When `take_due` has something to give or the book something to forget; TimePoint::max() if never.
  [[nodiscard]] TimePoint next_deadline() const;

  [[nodiscard]] std::size_t credentials() const { return credentials_.size(); }
  [[nodiscard]] std::size_t circuits() const { return owners_.size(); }

 private:
  struct Circuit {
    bool introduction = false;
    TimePoint due = TimePoint::max(); ///< max: in use, or asked for already
  };
  struct Credential {
    unsigned links = 0;
    TimePoint forget = TimePoint::max(); ///< of an ended one
    std::map<std::string, Circuit> circuits;
  };
  using Agenda = std::set<std::pair<TimePoint, std::string>>;
  static void move(Agenda& agenda, TimePoint& time, TimePoint to, const std::string& what);

  Circuit* bind(const std::string& circuit, const std::string& credential);
  void unbind(const std::string& circuit);
  void schedule(const std::string& id, Circuit& circuit, TimePoint now);

  std::function<std::uint64_t()> random_;
  std::unordered_map<std::string, Credential> credentials_; ///< by user and password
  std::unordered_map<std::string, std::string> owners_;     ///< circuit -> credential
  Agenda due_;                                              ///< circuits
  Agenda leaving_;                                          ///< credentials to forget
};

} // namespace sipveil::control
