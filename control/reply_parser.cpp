#include "control/reply_parser.h"

#include <fmt/format.h>

#include <utility>

namespace sipveil::control {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The status code at the start of a line; 0 if there is none. Control-spec section 4 knows 2yz, 4yz, 5yz and
/// 6yz.
unsigned status_of(std::string_view line) {
  if (line.size() < 4 || !is_digit(line[0]) || !is_digit(line[1]) || !is_digit(line[2])) return 0;
  const auto status = static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
  return status >= 200 && status <= 699 ? status : 0;
}

} // namespace

void ReplyParser::push(std::string_view bytes) {
  if (failed_) return;
  buffer_.erase(0, start_);
  scanned_ -= start_;
  start_ = 0;
  buffer_.append(bytes);
}

std::optional<std::string_view> ReplyParser::take_line() {
  const auto end = buffer_.find('\n', scanned_);
  if (end == std::string::npos) {
    scanned_ = buffer_.size();
    return std::nullopt;
  }
  const auto line = std::string_view(buffer_).substr(start_, end - start_);
  start_ = scanned_ = end + 1;
  return line;
}

Result<std::optional<Reply>> ReplyParser::next() {
  while (!failed_) {
    auto line = take_line();
    if (!line) {
      if (buffer_.size() - start_ > longest_line)
        return fail(Errc::too_large, fmt::format("a line of a control reply is longer than {} bytes", longest_line));
      return std::optional<Reply>();
    }
    if (line->size() > longest_line)
      return fail(Errc::too_large, fmt::format("a line of a control reply is longer than {} bytes", longest_line));
    if (!line->ends_with('\r')) return fail(Errc::malformed, "a line of a control reply does not end in CR LF");
    reply_size_ += line->size() + 1;
    line->remove_suffix(1);
    if (reply_size_ > largest_reply)
      return fail(Errc::too_large, fmt::format("a control reply is larger than {} bytes", largest_reply));
    if (in_data_) {
      take_data_line(*line);
      continue;
    }
    if (auto error = take_reply_line(*line)) return *error;
    if (complete_) {
      complete_ = false;
      reply_size_ = 0;
      return std::optional<Reply>(std::exchange(reply_, Reply{}));
    }
  }
  return *failed_;
}

std::optional<Error> ReplyParser::take_reply_line(std::string_view line) {
  const auto status = status_of(line);
  const char separator = status != 0 ? line[3] : '\0';
  if (separator != ' ' && separator != '-' && separator != '+')
    return fail(Errc::malformed, "a line of a control reply does not begin with a status code");
  if (reply_.lines.size() == most_lines)
    return fail(Errc::too_large, fmt::format("a control reply has more than {} lines", most_lines));
  if (!reply_.lines.empty() && (reply_.lines.front().status / 100 == 6) != (status / 100 == 6))
    return fail(Errc::malformed, "an event stands amid the lines of a control reply");

  auto& added = reply_.lines.emplace_back();
  added.status = status;
  added.text = std::string(line.substr(4));
  if (separator == '+') {
    added.data.emplace();
    in_data_ = true;
  }
  complete_ = separator == ' ';
  return std::nullopt;
}

void ReplyParser::take_data_line(std::string_view line) {
  if (line == ".") {
    in_data_ = false;
    return;
  }
  auto& data = *reply_.lines.back().data;
  // Control-spec section 2.1.1, CmdData: a leading dot is doubled on the wire.
  if (line.starts_with('.')) line.remove_prefix(1);
  data += line;
  data += '\n';
}

Error ReplyParser::fail(Errc code, std::string what) {
  failed_ = Error{code, Fault::local_service, std::move(what), "", false};
  return *failed_;
}

} // namespace sipveil::control
