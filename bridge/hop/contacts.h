#pragma once

#include "bridge/seal/local_seal.h"
#include "bridge/sip/message.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::hop {

/// Contact across the hop (RFC 3261 sections 8.1.1.8 and 10.2.1): where the next request of a dialog or a call to a
/// registered phone goes. It names a device and its address, so the wire sees
///   <sip:SEALED@anonymous.invalid>     in a dialog: requests come by Record-Route or on their link
///   <sip:SEALED@ONION:PORT;transport=tcp>  in a REGISTER, if this end has an onion service, or
///   <sip:SEALED@NAME.b32.i2p:PORT;transport=tcp>, if it has an I2P destination: anybody who stores it can call
/// A Contact of the wire is sealed for the phone side likewise: one that ignores its route set then has no address to
/// which it could send past the tunnel. A proxy beside us stores <sip:SEALED@OUR-LISTENER> for what was registered
/// through us, so that its calls to the phone come here. Nothing is remembered: what is sealed (LocalSeal) opens again.
class Contacts {
 public:
  explicit Contacts(const LocalSeal& seal) : seal_(seal) {}

  /// `dialog`: the wire's Call-ID, so that two dialogs of one phone show different Contacts; of a REGISTER, the address
  /// of record. `reachable_at`: see Effects, empty if nobody can dial us.
  void outward(sip::Message& message, std::string_view dialog, std::string_view reachable_at) const;
  /// `inner_name`: host:port of the listener by which our proxy reaches us.
  void inward(sip::Message& message, std::string_view inner_name) const;

  /// Contacts of a redirection that leaves, where our own proxy passes on one that had come in: as the wire had them.
  void open_redirection(sip::Message& message) const;
  /// What the phone side sees of a wire's Contact URI; nullopt only if it is too long.
  [[nodiscard]] std::optional<std::string> far_alias(std::string_view uri) const;

  /// The phone's Contact URI behind a Request-URI that came from the tunnel; nullopt: none of ours.
  /// `dialog`: its Call-ID on the wire. In another dialog nothing opens but a registered Contact: who was given one
  /// cannot go from bridge to bridge and ask whose it is.
  [[nodiscard]] std::optional<std::string> contact_of(std::string_view request_uri, std::string_view dialog) const;
  /// The wire's Contact URI behind a Request-URI of the phone side inside a dialog; nullopt: none of ours.
  [[nodiscard]] std::optional<std::string> far_contact_of(std::string_view request_uri) const;
  /// The wire's Contact URI behind a Request-URI that our proxy found in its location table; nullopt: none of ours.
  [[nodiscard]] std::optional<std::string> registered_of(std::string_view request_uri) const;
  /// The wire's Contact URIs in a REGISTER that came from the tunnel, before `inward`.
  [[nodiscard]] static std::vector<std::string> registering(const sip::Message& request);

 private:
  [[nodiscard]] std::optional<std::string> open_user(Purpose purpose, std::string_view uri) const;
  [[nodiscard]] std::optional<std::string> hide(bool registers, std::string_view uri, std::string_view bound_to,
                                                std::string_view at) const;
  const LocalSeal& seal_;
};

} // namespace sipveil::hop
