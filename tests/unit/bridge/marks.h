#pragma once

#include "bridge/sip/message.h"

#include <gtest/gtest.h>

#include <cctype>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <variant>

namespace sipveil::hop::test {

/// What tells one side of a hop from all others: the identifiers, addresses and names that its messages hold and that
/// the other side must never see. Collected from every message that a test plays, without being told.
class Marks {
 public:
  Marks() = default;
  Marks(std::initializer_list<std::string> marks) : marks_(marks) {}

  void add(std::string mark) {
    // Too short to be told from chance, or written by every bridge.
    if (mark.size() >= 3 && mark != "anonymous.invalid") marks_.insert(std::move(mark));
  }

  /// Takes in what a message tells; one that does not parse tells nothing.
  void note(std::string_view bytes) {
    const auto parsed = sip::Message::parse(bytes);
    const auto* message = std::get_if<sip::Message>(&parsed);
    if (message == nullptr) return;
    add(std::string(message->call_id()));
    for (const std::string_view tag : {message->from_tag(), message->to_tag()})
      if (!tag.empty()) add(";tag=" + std::string(tag));
    for (const std::string& route : message->record_routes())
      add(route);
    if (message->is_request())
      for (const std::string& via : message->vias())
        note_via(via);
    const std::string_view contact = message->contact_uri();
    if (message->status() < 300 && !contact.empty())
      if (const auto uri = sip::Uri::parse(contact)) add(uri->host);
    for (const char* name : {"User-Agent", "Server", "Organization", "Subject"})
      if (const auto value = message->header(name)) add(*value);
    for (const std::string_view party : {message->from(), message->to()})
      if (party.starts_with('"')) add(std::string(party.substr(1, party.find('"', 1) - 1)));
  }

  /// The first mark that stands in the text and that the other side has not said itself; empty if none does.
  [[nodiscard]] std::string found_in(std::string_view text, const Marks& said_there) const {
    for (const std::string& mark : marks_)
      if (!said_there.marks_.contains(mark) && stands_in(mark, text)) return mark;
    return {};
  }

 private:
  void note_via(std::string_view via) {
    const std::string_view sent_by = via.substr(std::min(via.find(' '), via.size() - 1) + 1);
    const std::string_view host = sent_by.substr(0, sent_by.find(';'));
    add(std::string(host.starts_with('[') ? host : host.substr(0, host.find(':'))));
    const auto branch = via.find("branch=");
    if (branch == std::string_view::npos) return;
    const std::string_view from = via.substr(branch);
    add(std::string(from.substr(0, from.find(';'))));
  }

  /// As a whole word: "call-1" does not stand in "call-12".
  static bool stands_in(std::string_view mark, std::string_view text) {
    const auto in_word = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    };
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark, at + 1)) {
      const std::size_t end = at + mark.size();
      const bool begins = at == 0 || !in_word(mark.front()) || !in_word(text[at - 1]);
      const bool ends = end == text.size() || !in_word(mark.back()) || !in_word(text[end]);
      if (begins && ends) return true;
    }
    return false;
  }

  std::set<std::string> marks_;
};

/// What goes to one side holds no mark of the other.
inline void expect_unmarked(std::string_view bytes, const Marks& of_other_side, const Marks& of_this_side) {
  const std::string mark = of_other_side.found_in(bytes, of_this_side);
  EXPECT_EQ(mark, "") << "has crossed the hop in:\n" << bytes;
}

} // namespace sipveil::hop::test
