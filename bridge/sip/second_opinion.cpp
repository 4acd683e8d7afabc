#include "bridge/sip/second_opinion.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_util.h>

#include <memory>

namespace sipveil::sip {

namespace {

struct Destroy {
  void operator()(msg_t* message) const { msg_destroy(message); }
};

std::string_view view(const char* text) {
  return text == nullptr ? std::string_view{} : text;
}

} // namespace

const char* second_opinion(std::string_view bytes, const Findings& ours) {
  const std::unique_ptr<msg_t, Destroy> message(
      msg_make(sip_default_mclass(), 0, bytes.data(), static_cast<ssize_t>(bytes.size())));
  const sip_t* const sip = message ? sip_object(message.get()) : nullptr;
  if (sip == nullptr || msg_is_complete(message.get()) <= 0 || sip_sanity_check(sip) < 0)
    return "The message is not well-formed";
  // Section 16.3: a proxy refuses what it needs itself, not a malformed Date.
  constexpr unsigned needed = sip_mask_request | sip_mask_response | sip_mask_proxy;
  if ((msg_extract_errors(message.get()) & needed) != 0) return "A header field that a proxy needs is not well-formed";

  std::size_t vias = 0;
  for (const sip_via_t* via = sip->sip_via; via != nullptr; via = via->v_next)
    ++vias;
  const std::size_t body = sip->sip_payload == nullptr ? 0 : sip->sip_payload->pl_len;
  const bool agrees = (sip->sip_request != nullptr) == ours.request &&
                      (sip->sip_status == nullptr ? 0 : sip->sip_status->st_status) == ours.status &&
                      view(sip->sip_call_id->i_id) == ours.call_id && sip->sip_cseq->cs_seq == ours.cseq &&
                      view(sip->sip_cseq->cs_method_name) == ours.method &&
                      view(sip->sip_from->a_tag) == ours.from_tag && view(sip->sip_to->a_tag) == ours.to_tag &&
                      vias == ours.via_count && body == ours.body_size;
  return agrees ? nullptr : "The message can be read in two ways";
}

} // namespace sipveil::sip
