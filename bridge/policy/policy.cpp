#include "bridge/policy/policy.h"

#include "bridge/policy/bodies.h"
#include "bridge/policy/table.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <vector>

namespace sipveil::policy {

namespace {

using sip::HeaderView;
using sip::Message;
using sip::Method;

/// One message on its way through the table.
class Pass {
 public:
  Pass(Message& message, const Context& context) : message_(message), context_(context) {}

  std::optional<Refusal> run() {
    if (!message_.is_request()) set_reason_phrase();
    if (const int status = filter_headers(); status != 0) return refusal(status);
    if (const int status = filter_body(); status != 0) return refusal(status);
    message_.keep_headers([this](const HeaderView& header) {
      return std::find(dropped_.begin(), dropped_.end(), header.value.data()) == dropped_.end();
    });
    return std::nullopt;
  }

 private:
  static Refusal refusal(int status) { return {.status = status, .reason = sip::reason_of(status)}; }

  static bool owned_in_responses(std::string_view name) {
    for (const std::string_view owned :
         {"Via", "From", "To", "Call-ID", "CSeq", "Contact", "Record-Route", "P-Asserted-Identity", "Remote-Party-ID"})
      if (sip::iequals(name, owned)) return true;
    return false;
  }

  // Nothing is ever answered to a response or an ACK, and a CANCEL without effect would leave a phone ringing: these
  // lose what offends and go on.
  [[nodiscard]] bool may_be_refused() const {
    return message_.is_request() && message_.method() != Method::ack && message_.method() != Method::cancel;
  }

  // The phrase is free text, and in the words and the language of the device that made it.
  void set_reason_phrase() {
    const std::string_view usual = sip::reason_of(message_.status());
    if (message_.reason_phrase() != usual) message_.set_reason_phrase(usual);
  }

  // A field is known again by where its value stands: no two fields share a place, not even empty ones.
  void drop(std::string_view value) { dropped_.push_back(value.data()); }

  /// The value on one line, as rules read it.
  std::string_view unfolded(std::string_view value) {
    if (value.find('\n') == std::string_view::npos) return value;
    unfolded_ = sip::unfold(value);
    return unfolded_;
  }

  /// 0, or what the message is refused with.
  int filter_headers() {
    for (std::size_t i = 0; i < message_.header_count(); ++i) {
      const HeaderView header = message_.header_at(i);
      const HeaderRow* const row = find_header(header.name);
      if (row == nullptr) {
        drop(header.value);
        continue;
      }
      switch (row->action) {
      case Action::ours:
        // The steps that make these fit look at requests; of a response, at few.
        if (!message_.is_request() && !owned_in_responses(header.name)) drop(header.value);
        break;
      case Action::keep:
      case Action::rewrite:
        if (const int status = filter_header(i, header.value, *row); status != 0) return status;
        break;
      case Action::body: note_body_header(header); break;
      case Action::drop: drop(header.value); break;
      case Action::refuse:
        if (may_be_refused()) return row->unfit;
        drop(header.value);
        break;
      }
    }
    return 0;
  }

  int filter_header(std::size_t index, std::string_view value, const HeaderRow& row) {
    out_.clear();
    if (row.rule(unfolded(value), context_, out_)) {
      if (out_ != value) message_.set_header_at(index, out_);
      return 0;
    }
    if (row.unfit != 0 && may_be_refused()) return row.unfit;
    drop(value);
    return 0;
  }

  void note_body_header(const HeaderView& header) {
    if (sip::iequals(header.name, "Content-Type"))
      body_.content_type = header.value;
    else if (sip::iequals(header.name, "Content-Encoding")) {
      // Two lines are one list (RFC 3261 section 7.3.1), and no list of two is none.
      body_.content_encoding = body_.content_encoding.empty() ? header.value : "several";
      drop(header.value);
    }
  }

  int filter_body() {
    if (message_.body().empty()) {
      drop_body();
      return 0;
    }
    const std::string type = sip::unfold(body_.content_type);
    body_.body = message_.body();
    body_.options_answer = !message_.is_request() && message_.method() == Method::options;
    BodyInput input = body_;
    input.content_type = type;
    const BodyOutput output = policy::filter_body(input, context_);
    if (output.status != 0) {
      if (may_be_refused()) return output.status;
      drop_body();
      return 0;
    }
    if (output.content_type != body_.content_type) message_.set_content_type(output.content_type);
    if (output.body != message_.body()) message_.set_body(output.body);
    return 0;
  }

  // With the body go the headers that describe it. An empty Content-Type would still carry its parameters.
  void drop_body() {
    if (!message_.body().empty()) message_.set_body({});
    for (const std::string_view name : {"Content-Type", "Content-Disposition"})
      if (message_.header(name)) message_.remove_header(name);
  }

  Message& message_;
  const Context& context_;
  std::vector<const char*> dropped_;
  std::string out_;      ///< what a rule wrote; kept for its memory
  std::string unfolded_; ///< likewise
  BodyInput body_;       ///< the headers that describe the body, as they came
};

} // namespace

std::optional<Refusal> apply(sip::Message& message, const Context& context) {
  return Pass(message, context).run();
}

} // namespace sipveil::policy
