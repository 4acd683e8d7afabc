#include "bridge/sip/framing.h"

#include "bridge/sip/head.h"
#include "bridge/sip/message.h"
#include "bridge/sip/text.h"

#include <optional>
#include <vector>

namespace sipveil::sip {

namespace {

/// The size of the body, or the sentence that says why it cannot be told.
std::variant<std::size_t, const char*> body_size(std::string_view head) {
  if (!is_clean(head)) return "A bare CR or LF or a control character stands in the header";
  std::optional<std::size_t> size;
  std::string_view rest = head.substr(first_line(head).size());
  // Line by line and not by scan_fields: only one name matters here, and the table would cost an allocation.
  while (rest.size() > 2) {
    const std::string_view line = first_line(rest);
    rest.remove_prefix(line.size());
    if (lower(line[0]) != 'c' && lower(line[0]) != 'l') continue;
    const Field field = make_field(line);
    // Perhaps "Content-Length" with the colon on the next line, which others may join.
    if (field.name.empty()) return "A line that may be Content-Length is no header field";
    if (field.id != Name::content_length) continue;
    if (size) return "Content-Length stands twice";
    // A folded value is legal but never seen; readers that do not join lines would take another number.
    size = to_number<std::size_t>(field.value);
    if (!size || rest.starts_with(' ') || rest.starts_with('\t')) return "Content-Length is not a number on one line";
  }
  if (!size) return "Content-Length is missing";
  return *size;
}

} // namespace

void Framer::feed(std::string_view bytes) {
  if (broken_status_ != 0) return;
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_ += bytes;
}

Framer::Event Framer::next() {
  if (broken_status_ != 0) return Broken{broken_status_, broken_reason_, pending().substr(0, head_size_)};
  if (pending().empty()) {
    // Thousands of idle links exist: none keeps the memory of its last message.
    std::string().swap(buffer_);
    begin_ = 0;
    return NeedMore{};
  }
  if (head_size_ == 0) {
    if (pending().front() == '\r') return keepalive();
    if (searched_ == 0 && !is(pending().front(), token_char))
      return break_off(400, "The stream does not go on with a message");
    const std::size_t end = find_head_end(pending(), searched_);
    if ((end == std::string_view::npos ? pending().size() : end) > max_message_bytes)
      return break_off(513, "Message Too Large");
    if (end == std::string_view::npos) {
      searched_ = pending().size();
      return NeedMore{};
    }
    head_size_ = end;
    const auto body = body_size(pending().substr(0, end));
    if (const auto* const fault = std::get_if<const char*>(&body)) return break_off(400, *fault);
    if (std::get<std::size_t>(body) > max_message_bytes - head_size_) return break_off(513, "Message Too Large");
    frame_size_ = head_size_ + std::get<std::size_t>(body);
    buffer_.reserve(begin_ + frame_size_);
  }
  if (pending().size() < frame_size_) return NeedMore{};
  const Frame frame{pending().substr(0, frame_size_)};
  begin_ += frame_size_;
  searched_ = head_size_ = frame_size_ = 0;
  half_ping_ = false;
  return frame;
}

Framer::Event Framer::keepalive() {
  const std::string_view bytes = pending();
  constexpr std::string_view ping = "\r\n\r\n";
  if (bytes.starts_with(ping)) {
    begin_ += ping.size();
    half_ping_ = false;
    return Ping{};
  }
  if (!bytes.starts_with("\r\n"))
    return bytes.size() == 1 ? Event{NeedMore{}} : break_off(400, "A bare CR stands between messages");
  if (bytes == "\r\n\r") // the last byte of a ping is on its way
    return NeedMore{};
  begin_ += 2;
  half_ping_ = !half_ping_;
  return half_ping_ ? Event{Pong{}} : Event{Ping{}};
}

Framer::Event Framer::break_off(int status, const char* reason) {
  broken_status_ = status;
  broken_reason_ = reason;
  return next();
}

} // namespace sipveil::sip
