#include "bridge/sip/list.h"

#include "bridge/sip/text.h"

namespace sipveil::sip {

std::optional<std::string_view> MemberScanner::next() {
  if (!more_ || fault_) return std::nullopt;
  bool in_brackets = false;
  // Nearly every value is a single member; memchr finds that out at once.
  std::size_t at = rest_.find(',') == std::string_view::npos ? rest_.size() : 0;
  while (at < rest_.size() && (in_brackets || rest_[at] != ',')) {
    const char c = rest_[at];
    if (c == '"' && !in_brackets) {
      at = skip_quoted(rest_, at);
      if (at == std::string_view::npos) {
        fault_ = true;
        return std::nullopt;
      }
      continue;
    }
    if (c == '<')
      in_brackets = true;
    else if (c == '>')
      in_brackets = false;
    ++at;
  }
  const std::string_view member = trim(rest_.substr(0, at));
  more_ = at < rest_.size();
  rest_ = more_ ? rest_.substr(at + 1) : rest_.substr(rest_.size());
  if (member.empty() || in_brackets) {
    fault_ = true;
    return std::nullopt;
  }
  return member;
}

std::optional<Param> ParamScanner::next() {
  const std::size_t semicolon = skip_lws(text_, at_);
  if (fault_ || semicolon == text_.size()) return std::nullopt;
  fault_ = true; // until the whole parameter is read
  if (text_[semicolon] != ';') return std::nullopt;
  const std::size_t name_begin = skip_lws(text_, semicolon + 1);
  std::size_t at = name_begin;
  while (at < text_.size() && is(text_[at], token_char))
    ++at;
  Param param{.whole = {}, .name = text_.substr(name_begin, at - name_begin), .value = {}};
  if (param.name.empty()) return std::nullopt;
  const std::size_t equal = skip_lws(text_, at);
  if (equal < text_.size() && text_[equal] == '=') {
    const std::size_t begin = skip_lws(text_, equal + 1);
    if (begin < text_.size() && text_[begin] == '"') {
      at = skip_quoted(text_, begin);
      if (at == std::string_view::npos) return std::nullopt;
    } else {
      // token / host: an IPv6 address has brackets and colons, and received= carries it bare (RFC 5118
      // section 4.5).
      at = begin;
      while (at < text_.size() &&
             (is(text_[at], token_char) || text_[at] == '[' || text_[at] == ']' || text_[at] == ':'))
        ++at;
      if (at == begin) return std::nullopt;
    }
    param.value = text_.substr(begin, at - begin);
  }
  param.whole = text_.substr(semicolon, at - semicolon);
  at_ = at;
  fault_ = false;
  return param;
}

} // namespace sipveil::sip
