// The allow table of session descriptions.
#include "bridge/policy/sdp_table.h"

#include "bridge/policy/name_index.h"
#include "bridge/policy/sdp_values.h"

#include <algorithm>
#include <array>

namespace sipveil::policy {

namespace {

using Text = std::string_view;

constexpr SdpRow must(Text name, Rule rule, Text source, Text note) {
  return {name, rule, true, source, note};
}
constexpr SdpRow keep(Text name, Rule rule, Text source, Text note) {
  return {name, rule, false, source, note};
}
constexpr SdpRow drop(Text name, Text source, Text note) {
  return {name, nullptr, false, source, note};
}

constexpr auto lines = std::to_array<SdpRow>({
    // clang-format off
    must("v", sdp_version, "RFC 8866 5.1", "0"),
    must("o", sdp_origin, "RFC 8866 5.2", "no name, no address; numbers of the dialog, the version grows as it did"),
    keep("s", sdp_name, "RFC 8866 5.3", "-"),
    drop("i", "RFC 8866 5.4", "free text"),
    drop("u", "RFC 8866 5.5", "page of the person"),
    drop("e", "RFC 8866 5.6", "mail address"),
    drop("p", "RFC 8866 5.6", "phone number"),
    keep("c", sdp_nowhere, "RFC 8866 5.7", "IN IP4 0.0.0.0"),
    keep("b", sdp_bandwidth, "RFC 8866 5.8", "AS, TIAS, CT"),
    keep("t", sdp_time, "RFC 8866 5.9", "0 0"),
    drop("r", "RFC 8866 5.10", "times of a person"),
    drop("z", "RFC 8866 5.11", "time zone"),
    drop("k", "RFC 8866 5.12", "a key in the clear"),
    must("m", sdp_media, "RFC 8866 5.14", "known media, transports, formats; port 9, or 0 for a refused stream"),
    // clang-format on
});

constexpr auto attributes = std::to_array<SdpRow>({
    // clang-format off
    drop("accept-types", "RFC 4975", "needs path"),
    drop("alt", "draft-rosenberg-sipping-ice", "addresses"),
    drop("candidate", "RFC 8839 5.1", "addresses"),
    drop("cat", "RFC 8866 6.1", "free text"),
    drop("charset", "RFC 8866 6.10", "nothing of it is text"),
    drop("cname", "RFC 5576", "names a person and a device"),
    keep("conf", sdp_precondition, "RFC 3312 4", "registered words"),
    drop("connection", "RFC 4145 5", "connections to addresses"),
    drop("content", "RFC 4796", "what a picture shows"),
    drop("crypto", "RFC 4568", "a key in the clear; media is not carried"),
    keep("curr", sdp_precondition, "RFC 3312 4", "registered words"),
    keep("des", sdp_precondition, "RFC 3312 4", "registered words"),
    drop("end-of-candidates", "RFC 8840", "addresses"),
    drop("extmap", "RFC 8285 5", "URIs, and abilities of the device that nothing of the call needs"),
    drop("fingerprint", "RFC 8122 5", "a key that names the device"),
    keep("fmtp", sdp_format_parameters, "RFC 8866 6.15", "formats' parameters, 255 plain characters at most"),
    keep("framerate", sdp_decimal, "RFC 8866 6.13", "number"),
    keep("group", sdp_group, "RFC 5888", "BUNDLE, LS, FID and media identifiers"),
    drop("ice-lite", "RFC 8839 5.3", "ICE speaks to addresses"),
    drop("ice-mismatch", "RFC 8839 5.3", "ICE speaks to addresses"),
    drop("ice-options", "RFC 8839 5.6", "ICE speaks to addresses"),
    drop("ice-pacing", "RFC 8839 5.5", "ICE speaks to addresses"),
    drop("ice-pwd", "RFC 8839 5.4", "ICE speaks to addresses"),
    drop("ice-ufrag", "RFC 8839 5.4", "ICE speaks to addresses"),
    drop("imageattr", "RFC 6236", "size of the device's screen"),
    keep("inactive", sdp_flag, "RFC 8866 6.7", "flag"),
    drop("keywds", "RFC 8866 6.2", "free text"),
    drop("label", "RFC 4574", "names a stream for others than the two ends"),
    drop("lang", "RFC 8866 6.12", "language of the person"),
    keep("maxptime", sdp_decimal, "RFC 8866 6.5", "number"),
    keep("mid", sdp_media_id, "RFC 5888", "a short token"),
    drop("msid", "RFC 8830", "names a device's stream"),
    drop("msid-semantic", "RFC 8830", "names a device's stream"),
    drop("nortpproxy", "rtpproxy", "tells of a proxy on the way"),
    drop("path", "RFC 4975", "addresses"),
    keep("ptime", sdp_decimal, "RFC 8866 6.4", "number"),
    keep("recvonly", sdp_flag, "RFC 8866 6.7", "flag"),
    drop("remote-candidates", "RFC 8839 5.2", "addresses"),
    drop("rtcp", "RFC 3605", "address"),
    keep("rtcp-fb", sdp_feedback, "RFC 4585 4.2", "format and words"),
    keep("rtcp-mux", sdp_flag, "RFC 5761 5.1.1", "flag"),
    keep("rtcp-rsize", sdp_flag, "RFC 5506 5", "flag"),
    drop("rtcp-xr", "RFC 3611 5", "reports about the network"),
    keep("rtpmap", sdp_format, "RFC 8866 6.6", "format, encoding, clock, channels"),
    drop("sdplang", "RFC 8866 6.11", "language of the person"),
    keep("sendonly", sdp_flag, "RFC 8866 6.7", "flag"),
    keep("sendrecv", sdp_flag, "RFC 8866 6.7", "flag"),
    drop("setup", "RFC 4145 4", "connections to addresses"),
    drop("source-filter", "RFC 4570", "addresses"),
    drop("ssrc", "RFC 5576 4.1", "names a person and a device"),
    drop("ssrc-group", "RFC 5576 4.2", "names a device's streams"),
    drop("tool", "RFC 8866 6.3", "make and version of the device"),
    drop("zrtp-hash", "RFC 6189 8", "a key that names the device"),
    // clang-format on
});

constexpr NameIndex attribute_index(attributes);

} // namespace

std::span<const SdpRow> sdp_line_table() {
  return lines;
}
std::span<const SdpRow> sdp_attribute_table() {
  return attributes;
}

const SdpRow* find_sdp_line(char type) {
  const auto* const found =
      std::find_if(lines.begin(), lines.end(), [type](const SdpRow& row) { return row.name[0] == type; });
  return found == lines.end() ? nullptr : found;
}

const SdpRow* find_sdp_attribute(std::string_view name) {
  return attribute_index.find(name);
}

} // namespace sipveil::policy
