// The allow table: what becomes of each header. One row a header, by name, with the reason.
#include "bridge/policy/table.h"

#include "bridge/policy/bodies.h"
#include "bridge/policy/name_index.h"
#include "bridge/policy/values.h"
#include "bridge/policy/words.h"

#include <array>

namespace sipveil::policy {

namespace {

using Text = std::string_view;

constexpr HeaderRow keep(Text name, Rule rule, Text source, Text note, int unfit = 0) {
  return {name, Action::keep, rule, unfit, source, note};
}
constexpr HeaderRow rewrite(Text name, Rule rule, Text source, Text note, int unfit = 0) {
  return {name, Action::rewrite, rule, unfit, source, note};
}
constexpr HeaderRow ours(Text name, Text source, Text note) {
  return {name, Action::ours, nullptr, 0, source, note};
}
constexpr HeaderRow body(Text name, Text source, Text note) {
  return {name, Action::body, nullptr, 0, source, note};
}
constexpr HeaderRow drop(Text name, Text source, Text note) {
  return {name, Action::drop, nullptr, 0, source, note};
}
constexpr HeaderRow refuse(Text name, int status, Text source, Text note) {
  return {name, Action::refuse, nullptr, status, source, note};
}

// What the far end needs to run the protocol passes; what tells of a person, device, place, time, organisation or
// network does not. A request is refused, and not served without the header, only where leaving it out would change
// what it asks for: a Require that is not met, a subscription to another package, a transfer that rings a second time.
constexpr auto rows = std::to_array<HeaderRow>({
    // clang-format off
    rewrite("Accept", accept, "RFC 3261 20.1", "the types of bodies that pass; no parameters"),
    drop("Accept-Contact", "RFC 3841 9.2", "which device or person is wanted"),
    drop("Accept-Encoding", "RFC 3261 20.2", "bodies pass unencoded only"),
    drop("Accept-Language", "RFC 3261 20.3", "language of the person"),
    drop("Accept-Resource-Priority", "RFC 4412 3.2", "names an organisation's network"),
    drop("Additional-Identity", "3GPP TS 24.229", "names a person"),
    drop("Alert-Info", "RFC 3261 20.4", "a URI that the phone fetches outside the tunnel; orders to answer by itself"),
    rewrite("Allow", methods, "RFC 3261 20.5", "registered methods"),
    rewrite("Allow-Events", event_packages, "RFC 6665 8.2.2", "event packages that give a phone no orders"),
    drop("Answer-Mode", "RFC 5373 4", "inward it would let a stranger listen into a room"),
    drop("Attestation-Info", "3GPP TS 24.229", "who vouches for the caller"),
    rewrite("Authentication-Info", authentication_info, "RFC 7616 3.5", "nextnonce, qop, rspauth, cnonce, nc"),
    ours("Authorization", "RFC 3261 20.7", "identity: username and uri"),
    ours("Call-ID", "RFC 3261 20.8", "hop: alias"),
    drop("Call-Info", "RFC 3261 20.9", "pictures and pages of the person; URIs that the phone fetches"),
    drop("Cellular-Network-Info", "3GPP TS 24.229", "place and network"),
    ours("Contact", "RFC 3261 20.10", "hop: sealed"),
    rewrite("Content-Disposition", content_disposition, "RFC 3261 20.11", "session, render, early-session; handling"),
    body("Content-Encoding", "RFC 3261 20.12", "never passes; another than identity: the body does not either"),
    drop("Content-ID", "RFC 8262", "holds a host name; parts of bodies do not pass"),
    drop("Content-Language", "RFC 3261 20.13", "language of the person"),
    body("Content-Length", "RFC 3261 20.14", "that of the body that passes"),
    body("Content-Type", "RFC 3261 20.15", "that of the body that passes"),
    ours("CSeq", "RFC 3261 20.16", "hop: as it is"),
    drop("Date", "RFC 3261 20.17", "the device's clock, which is a fingerprint"),
    drop("DC-Info", "3GPP TS 24.186", "data channels are not carried"),
    drop("Diversion", "RFC 5806", "who was called before"),
    drop("Encryption", "RFC 2543", "obsolete"),
    drop("Error-Info", "RFC 3261 20.18", "a URI that the phone fetches outside the tunnel"),
    rewrite("Event", event, "RFC 6665 8.2.1", "event packages that give a phone no orders; id", 489),
    keep("Expires", number, "RFC 3261 20.19", "seconds"),
    drop("Feature-Caps", "RFC 6809", "what proxies on the way can do"),
    drop("Flow-Timer", "RFC 5626", "connections are the hop's; each end has its own"),
    ours("From", "RFC 3261 20.20", "identity: token, no display name; hop: tag"),
    drop("Geolocation", "RFC 6442 4.1", "place"),
    drop("Geolocation-Error", "RFC 6442 4.3", "place"),
    drop("Geolocation-Routing", "RFC 6442 4.2", "place"),
    drop("Hide", "RFC 2543", "obsolete"),
    drop("History-Info", "RFC 7044", "who was called before, and why"),
    drop("Identity", "RFC 8224 4", "signed names and numbers; what it signs is rewritten anyhow"),
    drop("Identity-Info", "RFC 4474 9", "a URI of the domain that the phone fetches outside the tunnel"),
    drop("In-Reply-To", "RFC 3261 20.21", "links this call to an earlier one"),
    refuse("Info-Package", 469, "RFC 6086", "packages are not carried, and Recv-Info asks for none"),
    rewrite("Join", dialog_reference, "RFC 3911 7.1", "Call-ID and tags as aliases", 400),
    keep("Max-Breadth", number, "RFC 5393", "number"),
    ours("Max-Forwards", "RFC 3261 20.22", "hop: counted down"),
    drop("MIME-Version", "RFC 3261 20.24", "multipart bodies are reduced to one part"),
    keep("Min-Expires", number, "RFC 3261 20.23", "seconds"),
    rewrite("Min-SE", leading_number, "RFC 4028 5", "seconds"),
    drop("Organization", "RFC 3261 20.25", "organisation"),
    drop("Origination-Id", "3GPP TS 24.229", "names a call"),
    drop("P-Access-Network-Info", "RFC 7315 4.4", "place and network"),
    drop("P-Answer-State", "RFC 4964", "push to talk is not carried"),
    ours("P-Asserted-Identity", "RFC 3325 9.1", "identity: token, no display name"),
    drop("P-Asserted-Service", "RFC 6050 4.1", "which service the person has booked"),
    drop("P-Associated-URI", "RFC 7315 4.1", "other names of the person"),
    drop("P-Called-Party-ID", "RFC 7315 4.2", "other names of the person"),
    drop("P-Charge-Info", "RFC 8496", "who pays"),
    drop("P-Charging-Function-Addresses", "RFC 7315 4.5", "network"),
    drop("P-Charging-Vector", "RFC 7315 4.6", "links calls, names networks"),
    drop("P-DCS-Billing-Info", "RFC 5503 7", "who pays"),
    drop("P-DCS-LAES", "RFC 5503 8", "where it is intercepted"),
    drop("P-DCS-OSPS", "RFC 5503 6", "operator services"),
    drop("P-DCS-Redirect", "RFC 5503 8", "who was called before"),
    drop("P-DCS-Trace-Party-ID", "RFC 5503 5", "names a person"),
    rewrite("P-Early-Media", early_media, "RFC 5009 8", "registered words"),
    drop("P-Media-Authorization", "RFC 3313", "network"),
    ours("P-Preferred-Identity", "RFC 3325 9.2", "identity: token, no display name"),
    drop("P-Preferred-Service", "RFC 6050 4.2", "which service the person has booked"),
    drop("P-Private-Network-Indication", "RFC 7316", "organisation"),
    drop("P-Profile-Key", "RFC 5002", "names a profile"),
    drop("P-Refused-URI-List", "RFC 5318", "names persons"),
    drop("P-Served-User", "RFC 5502", "names a person"),
    drop("P-User-Database", "RFC 4457", "network"),
    drop("P-Visited-Network-ID", "RFC 7315 4.3", "place and network"),
    drop("Path", "RFC 3327 4", "names the proxies on the way; a later step may put our own in its place"),
    drop("Permission-Missing", "RFC 5360", "names persons"),
    drop("Policy-Contact", "RFC 6794", "a URI that the phone asks outside the tunnel"),
    drop("Policy-ID", "RFC 6794", "names a policy server"),
    rewrite("Priority", priority, "RFC 3261 20.26", "registered words"),
    drop("Priority-Share", "3GPP TS 24.229", "network"),
    drop("Priority-Verstat", "3GPP TS 24.229", "who vouches for the caller"),
    drop("Priv-Answer-Mode", "RFC 5373 4", "inward it would let a stranger listen into a room"),
    rewrite("Privacy", privacy, "RFC 3323 4.2", "registered words: what the person asks of further proxies"),
    rewrite("Proxy-Authenticate", digest_challenge, "RFC 3261 20.27", "Digest without domain and unknown parameters"),
    rewrite("Proxy-Authentication-Info", authentication_info, "RFC 7615 4", "nextnonce, qop, rspauth, cnonce, nc"),
    ours("Proxy-Authorization", "RFC 3261 20.28", "identity: username and uri"),
    drop("Proxy-Require", "RFC 3261 20.29", "refused when it comes in, but for CANCEL and ACK, which cannot be"),
    rewrite("RAck", rack, "RFC 3262 7.2", "numbers and a registered method", 400),
    rewrite("Reason", reason, "RFC 3326 2", "protocol and cause; the text may name anything"),
    ours("Record-Route", "RFC 3261 20.30", "hop: sealed"),
    drop("Recv-Info", "RFC 6086", "packages are not carried"),
    drop("Refer-Events-At", "RFC 7614", "a URI of the device"),
    rewrite("Refer-Sub", refer_sub, "RFC 4488 4", "true, false"),
    ours("Refer-To", "RFC 3515 2.1", "identity: token, no display name, Replaces as alias"),
    ours("Referred-By", "RFC 3892 3", "identity: token, no display name"),
    drop("Reject-Contact", "RFC 3841 9.2", "which device or person is not wanted"),
    drop("Relayed-Charge", "3GPP TS 24.229", "who pays"),
    ours("Remote-Party-ID", "draft-ietf-sip-privacy", "identity: token, no display name"),
    rewrite("Replaces", dialog_reference, "RFC 3891 6.1", "Call-ID and tags as aliases", 400),
    drop("Reply-To", "RFC 3261 20.31", "another name of the person"),
    drop("Request-Disposition", "RFC 3841 9.1", "which way proxies should take"),
    rewrite("Require", required_option_tags, "RFC 3261 20.32", "option tags that work through the bridge", 420),
    drop("Resource-Priority", "RFC 4412 3.1", "names an organisation's network"),
    drop("Resource-Share", "3GPP TS 24.229", "network"),
    drop("Response-Key", "RFC 2543", "obsolete"),
    drop("Response-Source", "3GPP TS 24.229", "which proxy answered"),
    drop("Restoration-Info", "3GPP TS 24.229", "network"),
    rewrite("Retry-After", leading_number, "RFC 3261 20.33", "seconds; the comment says why somebody is away"),
    ours("Route", "RFC 3261 20.34", "hop: sealed"),
    keep("RSeq", number, "RFC 3262 7.1", "number"),
    drop("Security-Client", "RFC 3329 2.2", "abilities and ports of the device"),
    drop("Security-Server", "RFC 3329 2.2", "abilities and ports of the proxy"),
    drop("Security-Verify", "RFC 3329 2.2", "abilities and ports of the proxy"),
    drop("Server", "RFC 3261 20.35", "make and version of the device"),
    drop("Service-Interact-Info", "3GPP TS 24.229", "which services the person has booked"),
    drop("Service-Route", "RFC 3608", "names the proxies on the way; a later step may put our own in its place"),
    rewrite("Session-Expires", session_expires, "RFC 4028 4", "seconds, refresher"),
    drop("Session-ID", "RFC 7989", "links the call over all its parts, by design"),
    drop("SIP-ETag", "RFC 3903 11.3", "published documents do not pass"),
    drop("SIP-If-Match", "RFC 3903 11.3", "published documents do not pass"),
    drop("Subject", "RFC 3261 20.36", "what the call is about"),
    rewrite("Subscription-State", subscription_state, "RFC 6665 8.2.3", "state, expires, retry-after, reason", 400),
    rewrite("Supported", option_tags, "RFC 3261 20.37", "option tags that work through the bridge"),
    drop("Suppress-If-Match", "RFC 5839", "entity tags do not pass"),
    rewrite("Target-Dialog", dialog_reference, "RFC 4538", "Call-ID and tags as aliases"),
    drop("Timestamp", "RFC 3261 20.38", "the device's clock; measures one hop only, which our own answer ends"),
    ours("To", "RFC 3261 20.39", "identity: token, no display name; hop: tag"),
    drop("Trigger-Consent", "RFC 5360", "names persons"),
    rewrite("Unsupported", option_tags, "RFC 3261 20.40", "option tags that work through the bridge"),
    drop("User-Agent", "RFC 3261 20.41", "make and version of the device"),
    drop("User-to-User", "RFC 7433 4", "free data"),
    ours("Via", "RFC 3261 20.42", "hop: our own only"),
    drop("Warning", "RFC 3261 20.43", "host name and free text"),
    rewrite("WWW-Authenticate", digest_challenge, "RFC 3261 20.44", "Digest without domain and unknown parameters"),
    // clang-format on
});

constexpr NameIndex index(rows);

} // namespace

std::string_view name(Action action) {
  switch (action) {
  case Action::keep: return "keep";
  case Action::rewrite: return "rewrite";
  case Action::ours: return "ours";
  case Action::body: return "body";
  case Action::drop: return "drop";
  case Action::refuse: return "refuse";
  }
  return {};
}

std::span<const HeaderRow> header_table() {
  return rows;
}

const HeaderRow* find_header(std::string_view name) {
  return index.find(name);
}

} // namespace sipveil::policy
