#include "bridge/policy/bodies.h"

#include "bridge/policy/body_values.h"
#include "bridge/policy/sdp_rules.h"
#include "bridge/sip/list.h"
#include "bridge/sip/multipart.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <array>

namespace sipveil::policy {

namespace {

constexpr int unsupported_media_type = 415;
constexpr int not_acceptable_here = 488;

// Left out, among others: presence, dialog and registration documents, message/cpim, message/imdn+xml and pidf (they
// name persons and devices throughout), application/pkcs7-* (nothing of them can be checked), text/html and
// message/external-body (a phone fetches what they name, outside the tunnel).
constexpr auto rows = std::to_array<BodyRow>({
    // clang-format off
    {"application/dtmf", dtmf, BodyPlace::anywhere, false, unsupported_media_type, "", "one digit"},
    {"application/dtmf-relay", dtmf_relay, BodyPlace::anywhere, false, unsupported_media_type, "", "Signal, Duration"},
    {"application/sdp", session_description, BodyPlace::anywhere, false, not_acceptable_here, "RFC 8866", "see below"},
    {"application/simple-message-summary", message_summary, BodyPlace::anywhere, false, unsupported_media_type,
     "RFC 3842", "Messages-Waiting and counts; no account, no message headers"},
    {"application/vnd.sipveil.keys", public_keys, BodyPlace::options_answer, false, unsupported_media_type, "sipveil",
     "public keys, in answers to OPTIONS"},
    {"message/sipfrag", status_line, BodyPlace::anywhere, false, unsupported_media_type, "RFC 3420",
     "the status code of a status line and its usual phrase"},
    {"text/plain", as_it_is, BodyPlace::anywhere, true, unsupported_media_type, "RFC 3428", "as it is, with charset"},
    // clang-format on
});

BodyOutput refused(int status) {
  return {.status = status, .content_type = {}, .body = {}};
}

BodyOutput filter_single(const sip::MediaType& media, const BodyInput& input, const Context& context) {
  const BodyRow* const row = find_body(media.type);
  if (row == nullptr || (row->place == BodyPlace::options_answer && !input.options_answer))
    return refused(unsupported_media_type);
  BodyOutput output{.status = 0, .content_type = std::string(row->name), .body = {}};
  if (row->charset && !media.charset.empty()) {
    constexpr std::size_t longest = 20; // of the registered names in use
    if (media.charset.size() > longest || !sip::all(media.charset, sip::token_char))
      return refused(unsupported_media_type);
    output.content_type.append(";charset=").append(media.charset);
  }
  output.body.reserve(input.body.size());
  if (!row->rule(input.body, context, output.body) || output.body.empty()) return refused(row->unfit);
  return output;
}

bool is_plain_encoding(std::string_view encoding) {
  return encoding.empty() || sip::iequals(encoding, "7bit") || sip::iequals(encoding, "8bit") ||
         sip::iequals(encoding, "binary");
}

BodyOutput filter_multipart(std::string_view boundary, const BodyInput& input, const Context& context) {
  const auto parts = sip::split_multipart(input.body, boundary);
  if (!parts) return refused(unsupported_media_type);
  for (const std::string_view wanted : {"application/sdp", "text/plain"}) {
    const sip::BodyPart* chosen = nullptr;
    sip::MediaType chosen_type;
    for (const sip::BodyPart& part : *parts) {
      // RFC 2046 section 5.1: a part without a type is text/plain.
      const std::string type = part.content_type.empty() ? "text/plain" : sip::unfold(part.content_type);
      const auto media = sip::parse_media_type(type);
      if (!media || !sip::iequals(media->type, wanted)) continue;
      // Which of two counts is for a user agent to know.
      if (chosen != nullptr) return refused(unsupported_media_type);
      chosen = &part;
      chosen_type = {.type = wanted, .charset = {}, .boundary = {}};
    }
    if (chosen == nullptr) continue;
    if (!is_plain_encoding(chosen->encoding) || chosen->body.empty()) return refused(unsupported_media_type);
    BodyInput single = input;
    single.body = chosen->body;
    return filter_single(chosen_type, single, context);
  }
  return refused(unsupported_media_type);
}

constexpr bool is_multipart(std::string_view type) {
  return sip::iequals(type, "multipart/mixed") || sip::iequals(type, "multipart/alternative") ||
         sip::iequals(type, "multipart/related");
}

} // namespace

std::span<const BodyRow> body_table() {
  return rows;
}

const BodyRow* find_body(std::string_view type) {
  const auto* const found =
      std::find_if(rows.begin(), rows.end(), [type](const BodyRow& row) { return sip::iequals(row.name, type); });
  return found == rows.end() ? nullptr : found;
}

bool accept(std::string_view value, const Context& /*context*/, std::string& out) {
  sip::MemberScanner members(value);
  while (const auto member = members.next()) {
    const BodyRow* const row = find_body(sip::trim(member->substr(0, member->find(';'))));
    if (row == nullptr) continue;
    if (!out.empty()) out += ", ";
    out += row->name;
  }
  return !members.fault() && !out.empty();
}

BodyOutput filter_body(const BodyInput& input, const Context& context) {
  const auto media = sip::parse_media_type(input.content_type);
  if (!media || (!input.content_encoding.empty() && !sip::iequals(input.content_encoding, "identity")))
    return refused(unsupported_media_type);
  return is_multipart(media->type) ? filter_multipart(media->boundary, input, context)
                                   : filter_single(*media, input, context);
}

} // namespace sipveil::policy
