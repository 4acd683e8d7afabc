#pragma once

#include "bridge/sip/arena.h"
#include "bridge/sip/field.h"
#include "bridge/sip/message.h"
#include "bridge/sip/start_line.h"

#include <vector>

namespace sipveil::sip {

/// What a Message holds: the texts, the table of header fields that it is printed from, and what was read out
/// of them. Edits replace whole fields in the table, so that what is not edited cannot change. Internal to
/// bridge/sip.
struct Message::Parts {
  Arena arena;           ///< owns every text that the views here point into
  std::string_view line; ///< start line, CRLF included
  StartLine start;
  std::vector<Field> fields;
  std::string_view body;

  Method method = Method::other;
  std::string_view method_name; ///< of the request line, or of a response's CSeq
  std::string_view call_id;
  std::uint32_t cseq = 0;
  std::string_view from_uri;
  std::string_view from_tag;
  std::string_view to_uri;
  std::string_view to_tag;
  ViaView top;
  std::size_t via_count = 0;

  /// Reads the above out of the fields again. Null, or a sentence about the first field that is not
  /// well-formed; it goes on to the last one anyhow, so that an edit leaves everything up to date.
  const char* derive();
  /// The parts of it that an edit of From, To or Call-ID needs.
  const char* read_party(Name id);
  const char* read_call_id();
  /// The part of it that an edit of the first Via needs.
  void read_top_via();

  /// The first field of this name, null if there is none.
  [[nodiscard]] const Field* find(Name id) const;

  /// Replaces the text of one field.
  void rewrite(Field& field, std::initializer_list<std::string_view> pieces);
  /// Replaces the whole value of one field.
  void rewrite_value(Field& field, std::string_view value);
  /// Puts a member before all others of its kind; a kind not there yet comes behind the Vias.
  void push(Name id, std::string_view name, std::string_view value);
  /// Replaces the value of the first field of this name, if there is one.
  void set_value(Name id, std::string_view value);
  /// These become the only fields of this name.
  void set_members(Name id, std::string_view name, const std::vector<std::string>& values);
  /// Takes away the first member of its kind; false if there is none.
  bool pop(Name id);
  /// All members of the comma lists of this name, unfolded, in order.
  [[nodiscard]] std::vector<std::string> members(Name id) const;

 private:
  const char* derive_vias();
  const char* derive_parties();
};

/// Values that callers hand in come from the network or from configuration: a line break in one would start a
/// header of the sender's choice. It becomes a space.
[[nodiscard]] std::string one_line(std::string_view value);

} // namespace sipveil::sip
