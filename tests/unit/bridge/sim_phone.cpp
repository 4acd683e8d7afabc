#include "tests/unit/bridge/sim_phone.h"

namespace sipveil::hop::test {

void SimPhone::request(const std::string& key, std::string bytes, bool invite) {
  pending_[key] = {bytes};
  send_(std::move(bytes));
  repeat(key, 500ms, invite ? Duration(32s) : Duration(4s), 32s, [this] { ++timeouts; });
}

void SimPhone::repeat(const std::string& key, Duration gap, Duration longest, Duration left,
                      std::function<void()> give_up) {
  after_(std::min(gap, left), [=, this, give_up = std::move(give_up)] {
    if (pending_[key].stopped) return;
    if (gap >= left) {
      stop(key);
      return give_up();
    }
    send_(pending_[key].bytes);
    repeat(key, std::min(gap * 2, longest), longest, left - gap, give_up);
  });
}

void SimPhone::enrol(const std::string& domain) {
  ++enrolments_;
  const std::string aor = "<sip:" + name_ + "@" + name_ + ".example>";
  request("REGISTER",
          Request{.method = "REGISTER",
                  .uri = domain,
                  .via = "SIP/2.0/UDP " + address_ + ";rport;branch=z9hG4bK" + name_ + "-register" +
                         std::to_string(enrolments_),
                  .from = aor + ";tag=" + name_ + "-register",
                  .to = aor,
                  .call_id = "registration-of-" + name_,
                  .cseq = enrolments_,
                  .extra = "Contact: <sip:" + name_ + "@" + address_ +
                           ">;expires=600;+sip.instance=\"<urn:uuid:" + name_ + ">\"\r\n"}
              .text(),
          false);
}

void SimPhone::call(const std::string& uri) {
  placed_ = {.uri = uri,
             .via = "SIP/2.0/UDP " + address_ + ";rport;branch=z9hG4bK" + name_ + "-invite",
             .from = "<sip:" + name_ + "@" + name_ + ".example>;tag=" + name_,
             .to = "<" + uri + ">",
             .call_id = "call-of-" + name_,
             .extra = "Contact: <sip:" + name_ + "@" + address_ + ">\r\n"};
  local_ = placed_.from;
  request("INVITE", placed_.text(), true);
}

void SimPhone::cancel() {
  Request cancel = placed_;
  cancel.method = "CANCEL";
  cancel.extra.clear();
  request("CANCEL", cancel.text(), false);
}

Request SimPhone::in_dialog(std::string method, unsigned cseq) {
  Request request{.method = std::move(method),
                  .uri = target_,
                  .via = "SIP/2.0/UDP " + address_ + ";rport;branch=z9hG4bK" + name_ + std::to_string(++branches_),
                  .from = local_,
                  .to = remote_,
                  .call_id = placed_.call_id,
                  .cseq = cseq};
  for (const std::string& route : routes_)
    request.extra += "Route: " + route + "\r\n";
  return request;
}

void SimPhone::hang_up() {
  if (!in_dialog_) return;
  in_dialog_ = false;
  request("BYE", in_dialog("BYE", 3).text(), false);
}

void SimPhone::send_info() {
  request("INFO", in_dialog("INFO", 2).text(), false);
}

void SimPhone::receive(const std::string& bytes) {
  auto message = parsed(bytes);
  if (message.is_request()) return on_request(std::move(message));
  on_response(message);
}

void SimPhone::on_response(const sip::Message& response) {
  if (response.method() == sip::Method::invite) return on_invite_response(response);
  if (response.status() < 200) return;
  const std::string key(response.method_name());
  if (pending_[key].stopped) return;
  stop(key);
  if (key == "BYE") bye_status = response.status();
  if (key == "REGISTER") {
    enrol_status = response.status();
    enrolled_as = response.header("Contact").value_or("");
  }
}

void SimPhone::on_invite_response(const sip::Message& response) {
  const int status = response.status();
  stop("INVITE");
  rang = rang || status == 180;
  if (status < 200) return;
  if (status >= 300) {
    if (invite_status == 0) invite_status = status;
    Request ack = placed_;
    ack.method = "ACK";
    ack.to += ";tag=" + std::string(response.to_tag());
    ack.extra.clear();
    return send_(ack.text());
  }
  if (invite_status == 0) {
    invite_status = status;
    in_dialog_ = true;
    const auto recorded = response.record_routes();
    routes_.assign(recorded.rbegin(), recorded.rend());
    target_ = std::string(response.contact_uri());
    remote_ = response.header("To").value_or("");
    invite_ack_ = in_dialog("ACK", 1).text();
    on_answer();
  }
  send_(invite_ack_); // anew for each repetition of the 200
}

void SimPhone::on_request(sip::Message request) {
  switch (request.method()) {
  case sip::Method::invite: return on_invite(std::move(request));
  case sip::Method::ack:
    stop("answer");
    if (in_dialog_) acknowledged = true;
    return;
  case sip::Method::cancel:
    send_(reply(request, 200, name_));
    if (ringing_) {
      cancelled = true;
      answer_invite(487);
    }
    return;
  case sip::Method::bye:
    byes += in_dialog_ ? 1U : 0U;
    in_dialog_ = false;
    stop("answer");
    return send_(reply(request, 200, name_));
  case sip::Method::options:
  case sip::Method::register_:
  case sip::Method::message:
  case sip::Method::subscribe:
  case sip::Method::notify:
  case sip::Method::refer:
  case sip::Method::update:
  case sip::Method::prack:
  case sip::Method::info:
  case sip::Method::publish:
  case sip::Method::other: return send_(reply(request, 200, name_));
  }
}

void SimPhone::on_invite(sip::Message invite) {
  if (invite.top_via().branch == incoming_branch_) return send_(last_answer_); // repeated
  ++invites;
  incoming_ = invite.print();
  incoming_branch_ = std::string(invite.top_via().branch);
  routes_ = invite.record_routes();
  target_ = std::string(invite.contact_uri());
  local_ = invite.header("To").value_or("") + ";tag=" + name_;
  remote_ = invite.header("From").value_or("");
  placed_.call_id = std::string(invite.call_id());
  ringing_ = true;
  last_answer_ = reply(invite, 100);
  send_(last_answer_);
  after_(100ms, [this] {
    if (ringing_) answer_invite(180);
  });
  after_(answers_after, [this] {
    if (ringing_) answer_invite(200);
  });
}

void SimPhone::answer_invite(int status) {
  last_answer_ = reply(parsed(incoming_), status, name_, "Contact: <sip:" + name_ + "@" + address_ + ">\r\n");
  send_(last_answer_);
  rang = rang || status == 180;
  if (status < 200) return;
  ringing_ = false;
  in_dialog_ = status == 200;
  pending_["answer"] = {last_answer_};
  // Section 13.3.1.4: who gets no ACK for its 2xx ends the call by a BYE.
  repeat("answer", 500ms, 4s, 32s, [this] { hang_up(); });
}

} // namespace sipveil::hop::test
