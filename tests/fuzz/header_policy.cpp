// The allow table over whole messages: what passes is a message again, holds no header that the table does not let
// through, and has nothing left for a second pass to change but the numbers of a session description.
#include "bridge/policy/policy.h"
#include "bridge/policy/table.h"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

namespace {

using sipveil::policy::Action;
using sipveil::policy::Context;
using sipveil::policy::Direction;
using sipveil::sip::Message;

void require(bool condition) {
  if (!condition) std::abort();
}

// Bounds of the parser may be passed by what is added: a Content-Length line, a session name.
bool near_bound(const std::string& printed) {
  std::size_t members = 0;
  for (const char c : printed)
    members += c == ',' || c == '\n' ? 1U : 0U;
  return members + 10 > sipveil::sip::max_headers || printed.size() + 1000 > sipveil::sip::max_message_bytes;
}

Message again(const std::string& bytes) {
  auto result = Message::parse(bytes);
  require(std::holds_alternative<Message>(result));
  return std::move(std::get<Message>(result));
}

std::string without_origin(std::string text) {
  const std::size_t begin = text.find("\r\no=");
  if (begin != std::string::npos) text.erase(begin, text.find("\r\n", begin + 2) - begin);
  return text;
}

void check(Message message, const Context& context) {
  const std::string before = message.print();
  const bool may_be_refused = message.is_request() && message.method() != sipveil::sip::Method::ack &&
                              message.method() != sipveil::sip::Method::cancel;
  const auto refusal = apply(message, context);
  if (refusal) {
    require(may_be_refused && refusal->status >= 400 && refusal->status < 500 && !refusal->reason.empty());
    return;
  }
  for (std::size_t i = 0; i < message.header_count(); ++i) {
    const auto* const row = sipveil::policy::find_header(message.header_at(i).name);
    require(row != nullptr && row->action != Action::drop && row->action != Action::refuse);
  }
  const std::string printed = message.print();
  if (near_bound(before) || near_bound(printed)) return;
  Message second = again(printed);
  require(second.print() == printed);
  require(!apply(second, context));
  require(without_origin(second.print()) == without_origin(printed));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto result = Message::parse({reinterpret_cast<const char*>(data), size});
  const auto* const message = std::get_if<Message>(&result);
  if (message == nullptr) return 0;
  for (const Direction direction : {Direction::outward, Direction::inward})
    check(message->clone(), {.direction = direction, .dialog_seed = 7, .translate = [](std::string_view text) {
                               return std::string(text);
                             }});
  return 0;
}
