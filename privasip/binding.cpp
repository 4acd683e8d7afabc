#include "privasip/binding.h"

#include <string>

namespace sipveil::privasip {

Bytes binding(std::span<const unsigned char, Token::head_size> head, const Context& context) {
  std::string out(purpose);
  out += as_text(head);
  out += static_cast<char>(context.sender);
  out += static_cast<char>(context.subject);
  for (const unsigned shift : {24U, 16U, 8U, 0U})
    out += static_cast<char>(context.dialog.size() >> shift);
  out += context.dialog;
  return {out.begin(), out.end()};
}

} // namespace sipveil::privasip
