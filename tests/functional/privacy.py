"""What a phone may see of the other side, and what it must see of its own."""
import re

from sip.message import parameter, uri_of
from waiting import check, equal

# bridge/policy, sdp_table.h: no name, no address, no port.
_HIDDEN_SDP = re.compile(rb"v=0\r\no=- \d+ \d+ IN IP4 0\.0\.0\.0\r\ns=-\r\nc=IN IP4 0\.0\.0\.0\r\nt=0 0\r\n"
                         rb"m=audio 9 RTP/AVP 0\r\n")
_SEALED_CONTACT = re.compile(r"<sip:[a-z2-7]{60,}@anonymous\.invalid>")


def identifiers(message):
    """Call-ID, tags and branches."""
    return {word for word in (message.call_id, message.from_tag, message.to_tag,
                              *(parameter(via, "branch") for via in message.all("Via"))) if word}


def route_tokens(message):
    """What bridges put into Route and Record-Route."""
    tokens = {parameter(route, "sv") for route in message.all("Route") + message.all("Record-Route")}
    return tokens - {None}


def check_answer(answer, asked):
    """RFC 3261 section 8.2.6.2: who asked gets back what it wrote, the received and rport of its own Via aside (RFC 3581)."""
    for name in ("From", "Call-ID", "CSeq"):
        equal(answer.get(name), asked.get(name), f"{name} of {answer}")
    to, own_to = answer.get("To"), asked.get("To")
    check(to == own_to or asked.to_tag is None and re.fullmatch(re.escape(own_to) + r";tag=[^;]+", to),
          f"To of {answer}: {to!r}, and it asked {own_to!r}")
    top, *others = answer.all("Via")
    top = re.sub(r";received=[^;]*", "", re.sub(r";rport=\d+", ";rport", top))
    equal([top, *others], asked.all("Via"), f"Via of {answer}")


def check_crossed(message, phone, opens_dialog=True):
    """A request or an answer to one that has crossed: it shows no way but by the phone's own bridge."""
    if message.is_request:
        vias = message.all("Via")
        check(len(vias) == 1 and f" {phone.bridge_name};" in vias[0], f"Via of {message}: {vias}")
        check(not message.all("Route"), f"{message} still holds a Route")
    routes = message.all("Record-Route")
    if opens_dialog:
        check(len(routes) == 1 and re.match(f"<sip:{re.escape(phone.bridge_name)}(;transport=tcp)?;lr;", routes[0]),
              f"Record-Route of {message}: {routes}")
    contact = message.get("Contact") or ""
    check(_SEALED_CONTACT.fullmatch(contact), f"Contact of {message}: {contact}")


def check_sdp(message):
    check(_HIDDEN_SDP.fullmatch(message.body), f"the body of {message}: {message.body}")


def same_end(one, other):
    """Two values of From or To name the same end of a dialog: by address and tag, for display names do not cross."""
    return (uri_of(one), parameter(one, "tag")) == (uri_of(other), parameter(other, "tag"))
