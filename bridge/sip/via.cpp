#include "bridge/sip/via.h"

#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

namespace sipveil::sip {

namespace {

// Reads tokens with optional blanks between them.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string_view token(unsigned set) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is(text_[at_], set))
      ++at_;
    return text_.substr(begin, at_ - begin);
  }
  // A separator with the blanks around it; nothing is taken if it is not there.
  bool separator(char c) {
    const std::size_t at = skip_lws(text_, at_);
    if (at == text_.size() || text_[at] != c) return false;
    at_ = skip_lws(text_, at + 1);
    return true;
  }
  bool blanks() {
    const std::size_t begin = at_;
    at_ = skip_lws(text_, at_);
    return at_ > begin;
  }
  std::string_view host() {
    if (at_ == text_.size() || text_[at_] != '[') return token(host_char);
    const std::size_t close = text_.find(']', at_);
    if (close == std::string_view::npos || text_.find_first_not_of("0123456789abcdefABCDEF:.", at_ + 1) != close)
      return {};
    const std::string_view host = text_.substr(at_, close + 1 - at_);
    at_ = close + 1;
    return host;
  }
  [[nodiscard]] std::string_view rest() const { return text_.substr(at_); }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

bool read_params(ParsedVia& via) {
  bool branch = false;
  bool received = false;
  ParamScanner params(via.params);
  const auto once = [](bool& seen, std::string_view& slot, std::string_view value) {
    const bool first = !seen;
    seen = true;
    slot = value;
    return first;
  };
  while (const auto param = params.next()) {
    bool first = true;
    if (iequals(param->name, "branch"))
      first = once(branch, via.view.branch, param->value);
    else if (iequals(param->name, "received"))
      first = once(received, via.view.received, param->value);
    else if (iequals(param->name, "rport"))
      first = once(via.view.has_rport, via.view.rport, param->value);
    if (!first) return false;
  }
  return !params.fault() && (via.view.rport.empty() || to_number<std::uint16_t>(via.view.rport));
}

} // namespace

std::optional<ParsedVia> parse_via(std::string_view member) {
  Reader reader(member);
  ParsedVia via;
  if (!iequals(reader.token(token_char), "SIP") || !reader.separator('/')) return std::nullopt;
  via.version = reader.token(token_char);
  if (via.version.empty() || !reader.separator('/')) return std::nullopt;
  via.view.transport = reader.token(token_char);
  if (via.view.transport.empty() || !reader.blanks()) return std::nullopt;
  via.view.host = reader.host();
  if (via.view.host.empty()) return std::nullopt;
  if (reader.separator(':')) {
    via.view.port = reader.token(digit_char);
    if (!to_number<std::uint16_t>(via.view.port)) return std::nullopt;
  }
  via.params = reader.rest();
  if (!read_params(via)) return std::nullopt;
  return via;
}

std::string with_received(std::string_view member, const ParsedVia& parsed, std::string_view address,
                          std::uint16_t port) {
  std::string text(member.substr(0, member.size() - parsed.params.size()));
  ParamScanner params(parsed.params);
  while (const auto param = params.next()) {
    if (iequals(param->name, "received")) continue;
    if (iequals(param->name, "rport"))
      text += ";rport=" + std::to_string(port);
    else
      text += param->whole;
  }
  text += ";received=";
  text += address;
  return text;
}

} // namespace sipveil::sip
