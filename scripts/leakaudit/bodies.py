"""Bodies and broken messages that scenarios send, with canaries in them."""
from sip.message import token

_BOUNDARY = "boundary-of-{}"


def private(agent):
    """Some type that nobody knows."""
    return f"<html><body>{agent.plant.text('private body')} {agent.host}</body></html>".encode()


def presence(agent):
    """RFC 3863, with a civic location (RFC 4119)."""
    person, plant = agent.person, agent.plant
    return (f"<?xml version=\"1.0\"?><presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
            f"entity=\"pres:{person.user}@{person.domain}\"><tuple id=\"{plant.text('pidf tuple')}\"><status><basic>open</basic>"
            f"</status><contact>sip:{person.user}@{agent.host}</contact><note>{plant.text('pidf note', 'word', 'description')}</note></tuple></presence>").encode()


def dialog_info(agent):
    """RFC 4235."""
    person, plant = agent.person, agent.plant
    return (f"<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"0\" state=\"full\" "
            f"entity=\"{person.address}\"><dialog id=\"{plant.text('dialog-info id')}\" "
            f"call-id=\"{plant.text('dialog-info call-id')}@{agent.host}\" local-tag=\"{plant.text('dialog-info tag')}\">"
            f"<state>confirmed</state><local><identity display=\"{person.display}\">{person.address}</identity>"
            f"<target uri=\"sip:{person.user}@{agent.host}\"/></local></dialog></dialog-info>").encode()


def registrations(agent):
    """RFC 3680."""
    person, plant = agent.person, agent.plant
    return (f"<?xml version=\"1.0\"?><reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"0\" state=\"full\">"
            f"<registration aor=\"{person.address}\" id=\"{plant.text('reginfo id')}\" state=\"active\"><contact id=\"1\" "
            f"state=\"active\" event=\"registered\"><uri>sip:{person.user}@{agent.host}:{agent.port}</uri></contact>"
            f"</registration></reginfo>").encode()


def waiting_messages(agent):
    """RFC 3842."""
    subject = agent.plant.text("message summary subject", "word", "description")
    return (f"Messages-Waiting: yes\r\nMessage-Account: {agent.person.address}\r\nVoice-Message: 2/8 (0/2)\r\n\r\n"
            f"To: {agent.person.address}\r\nSubject: {subject}\r\n").encode()


def of_notifications(agent):
    """[(content type, body)]"""
    return [("application/pidf+xml", presence(agent)), ("application/dialog-info+xml", dialog_info(agent)),
            ("application/reginfo+xml", registrations(agent)), ("application/simple-message-summary", waiting_messages(agent)),
            ("application/x-private", private(agent))]


def of_invites(agent):
    """[(content type, body)] of INVITEs that are not plain SDP."""
    plant = agent.plant
    boundary = _BOUNDARY.format(plant.text("multipart boundary"))
    parts = [("application/sdp", plant.sdp()), ("text/plain", plant.text("text part", "word", "description").encode()),
             ("application/ISUP;version=nxv3", plant.text("ISUP part").encode()), ("application/pidf+xml", presence(agent)),
             ("application/rs-metadata+xml", private(agent))]
    described = plant.text("Content-Description", "word", "description")
    mixed = b"".join(f"--{boundary}\r\nContent-Type: {kind}\r\nContent-ID: <{plant.text('Content-ID')}@{agent.host}>\r\n"
                     f"Content-Description: {described}\r\n\r\n".encode() + body + b"\r\n"
                     for kind, body in parts) + f"--{boundary}--\r\n{plant.text('multipart epilogue')}\r\n".encode()
    preamble = f"{plant.text('multipart preamble')}\r\n".encode()
    unparsable = f"v=0\r\nm=video {plant.text('unparsable SDP')} FOO @\r\n\0{plant.text('SDP after NUL')}\r\n".encode()
    return [(f"multipart/mixed;boundary=\"{boundary}\"", preamble + mixed),
            (f"multipart/alternative;boundary=\"{boundary}\"", mixed),
            (f"application/sdp;x={plant.text('Content-Type parameter')}", plant.sdp()),
            ("application/x-private", private(agent)), ("application/sdp", unparsable)]


def broken_requests(cast):
    """[(name, bytes, Call-ID)]"""
    caller = cast.caller
    word = caller.plant.text

    def fresh():
        return caller.request("INVITE", cast.callee.person.address, cast.callee.person,
                              [("Content-Type", "application/sdp")], caller.plant.sdp())

    found = []

    def add(name, change):
        message = fresh()
        found.append((name, change(message.bytes()), message.call_id))

    def line(place, text):
        """A line of its own before the header `place`."""
        return lambda data: data.replace(f"\r\n{place}: ".encode(), f"\r\n{text}\r\n{place}: ".encode(), 1)

    def start(old, new):
        return lambda data: data.replace(old.encode(), new.encode(), 1)

    add("two From", line("To", f"From: <sip:{word('second From')}@x.example>;tag=1"))
    add("open quote", lambda data: start("\r\nContact: \"", f"\r\nContact: \"\\\"{word('open quote')} ")(data)
        .replace(b"\" <sip:", b" <sip:", 1))
    add("no colon", line("To", word("line without colon")))
    add("NUL in a header", line("Subject", f"X-Nul: a\0{word('behind NUL')}"))
    add("space before colon", line("Subject", f"X-Space : {word('space before colon')}"))
    add("bare LF", line("Subject", f"X-Lf: a\nX-Hidden: {word('behind bare LF')}"))
    add("SIP/3.0", start(" SIP/2.0\r\n", " SIP/3.0\r\n"))
    add("body longer than told", lambda data: data + f"{word('excess body')}\r\n".encode())
    add("unknown scheme", start("INVITE sip:", f"INVITE x-{word('unknown scheme')}:"))
    add("headers in the URI", start(
        " SIP/2.0\r\n", f"?Subject={word('header in URI')}&X-H={word('X header in URI')} SIP/2.0\r\n"))
    add("password in the URI", start("@", f":{word('password in URI')}@"))
    return found


def broken_responses(cast, request):
    """Bytes that a phone should not answer with."""
    callee = cast.callee
    word = callee.plant.text
    vias = "".join(f"Via: {value}\r\n" for value in request.all("Via"))
    head = (f"From: {request.get('From')}\r\nTo: {request.get('To')};tag={word('tag')}{token()}\r\nCall-ID: {request.call_id}\r\n"
            f"CSeq: {request.get('CSeq')}\r\n")
    end = "Content-Length: 0\r\n\r\n"
    return [one.encode() for one in (
        f"SIP/2.0 180 {word('reason phrase of a broken answer')}\r\n{vias}{head}{word('answer line without colon')}\r\n{end}",
        f"SIP/2.0 180 Ringing\r\n{vias}{head}From: <sip:{word('second From of an answer')}@x.example>\r\n{end}",
        f"SIP/2.0 183 Progress\r\n{vias}{head}Content-Type: application/sdp\r\nContent-Length: 40\r\n\r\nv=0\r\no={word('cut SDP')}",
        f"SIP/2.0 1x8 {word('no status')}\r\n{vias}{head}{end}")]
