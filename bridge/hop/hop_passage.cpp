// The steps that every request takes between where it came from and where it goes: `enter`, then routing, then `cross`,
// then our own marks (add_ourselves), then `leave`. Responses: hop_response.cpp, cross_back.
#include "bridge/hop/hop.h"

namespace sipveil::hop {
namespace {

using sip::Message;
using sip::Method;

/// Tokens of one call's first requests (INVITE, and again with credentials) shall have the same bytes.
constexpr std::int64_t issue_grain = 60;
/// Of From and To as a dialog's token holds them.
constexpr std::size_t max_original = 255;

} // namespace

policy::Context Hop::policy_of(bool outward, const Message& message) const {
  policy::Context context;
  context.direction = outward ? policy::Direction::outward : policy::Direction::inward;
  if (!message.body().empty()) context.dialog_seed = seal_.number(message.call_id());
  context.translate = [this, outward](std::string_view id) {
    return outward ? aliases_.to_wire(id) : aliases_.to_inner(id);
  };
  return context;
}

identity::Dialog Hop::dialog_of(const Passage& passage, TimePoint now) {
  identity::Dialog dialog;
  dialog.written_uri = passage.written_uri;
  dialog.opened_inside = passage.token ? passage.token->opened_inside : passage.outward;
  dialog.begins = passage.begins;
  if (passage.token && !passage.token->opened_inside) dialog.sealed_parties = passage.token->sealed_parties;
  dialog.issued = passage.issued;
  dialog.now = now;
  dialog.unix_now = effects_.unix_time();
  dialog.translate = [this, outward = passage.outward](std::string_view id) {
    return outward ? aliases_.to_wire(id) : aliases_.to_inner(id);
  };
  return dialog;
}

/// From here on the request has the wire's identifiers, wherever it came from: all tables of the hop know a call by
/// these.
std::optional<Answer> Hop::enter(Message& request, Passage& passage) {
  passage.begins = request.to_tag().empty();
  const std::int64_t now = effects_.unix_time();
  passage.issued = static_cast<std::uint32_t>(now - now % issue_grain);
  if (passage.outward && !aliases_.to_wire(request)) return answer_with(400, "Call-ID or tag too long");
  return std::nullopt;
}

/// Identity, header policy, body: what the other side may see of it.
std::optional<Answer> Hop::cross(Message& request, Passage& passage, TimePoint now) {
  identity::Dialog dialog = dialog_of(passage, now);
  const std::string wire_id(request.call_id());
  dialog.wire_id = wire_id;
  std::optional<identity::Refusal> refused;
  const TimePoint begin = effects_.now();
  if (passage.outward) {
    refused = identities_.outward_request(request, dialog, passage.caller, passage.originals);
  } else {
    identity::Originals restore;
    if (passage.token) restore = {passage.token->from_uri, passage.token->to_uri};
    passage.sealed_parties = identity::sealed_parties(request);
    passage.caller.sealing = identities_.own_sealing();
    Link* link = links_.find(passage.from.id);
    if (link != nullptr && !passage.token && link->guesses(now))
      return answer_with(identity::not_found.status, identity::not_found.why);
    refused = identities_.inward_request(request, dialog, restore);
    if (link != nullptr && refused && refused->status == identity::not_found.status) link->note_bad_token(now);
  }
  passage.identity_took = effects_.now() - begin;
  if (refused) return answer_with(refused->status, refused->why);
  if (passage.originals.from_uri.size() > max_original || passage.originals.to_uri.size() > max_original ||
      (passage.begins && sealed_size(request.record_routes()) > RouteToken::max_routes_size))
    return answer_with(513, "addresses too long to be sealed");
  if (const auto offends = policy::apply(request, policy_of(passage.outward, request)))
    return answer_with(offends->status, offends->reason);
  if (passage.outward) {
    // A Contact that is registered again must be the same one, or the phone would ring twice.
    const bool registers = request.method() == Method::register_;
    contacts_.outward(request, registers ? passage.identity : wire_id, effects_.reachable_at());
  } else {
    if (request.method() == Method::register_) passage.registering = Contacts::registering(request);
    contacts_.inward(request, effects_.inner_name(passage.inner()));
  }
  return std::nullopt;
}

/// The identifiers of the side that it goes to.
bool Hop::leave(Message& request, const Passage& passage) const {
  return passage.outward || aliases_.to_inner(request);
}

} // namespace sipveil::hop
