"""Which canary stands where: every place of a SIP message and of its SDP in which phones tell of themselves.

A row: the place, what it looks like with {} for the canary, where it may stand (a request, a response, particular methods), the
kind of text that fits there, and which fact it gives away. The list follows RFC 3323 sections 4.1 and 5.1, RFC 5767 section 5.1
and the header registry of IANA.
"""
import dataclasses
import random
import string

from leakaudit.canary import Canary

# Texts of a kind begin alike, which makes the search quick.
_HEAD, _HEX_HEAD, _DIGITS_HEAD = "zqxk", "fa5e", "77345"
_LETTERS = string.ascii_lowercase + string.digits


@dataclasses.dataclass(frozen=True)
class Place:
    name: str
    template: str
    where: str = "both"   # "request", "response", "both", or methods: "INVITE REGISTER"
    kind: str = "word"
    fact: str = "device"


# (header, value with {}, where, kind, fact)
_HEADER_ROWS = """
User-Agent                  Phone-{}/1.0                                                   request   word  device
Server                      Phone-{}/1.0                                                   response  word  device
Organization                Works of {}                                                    both      word  description
Subject                     about {}                                                       request   word  description
Date                        {}                                                             both      date  device
Timestamp                   {}.5                                                           request   digits device
Reply-To                    "Re {}" <sip:reply@192.0.2.5>                                  both      word  description
In-Reply-To                 {}@192.0.2.6                                                   INVITE    word  description
Warning                     399 {}.example "a warning"                                     response  word  device
Call-Info                   <http://{}.example/card.jpg>;purpose=icon                      both      word  description
Alert-Info                  <http://{}.example/ring.wav>                                   both      word  description
Error-Info                  <sip:{}@announce.example>                                      response  word  description
Accept-Language             x-{}                                                           both      word  device
Content-Language            x-{}                                                           both      word  device
Priority                    x-{}                                                           request   word  description
P-Asserted-Identity         "PAI {}" <sip:pai@host.example>                                both      word  description
P-Preferred-Identity        "PPI {}" <sip:ppi@host.example>                                request   word  description
P-Preferred-Identity        <sip:ppi-{}@host.example>                                      request   word  description
Remote-Party-ID             "RPID" <sip:{}@host.example>;party=calling                     both      word  description
Diversion                   <sip:{}@host.example>;reason=user-busy                         both      word  description
History-Info                <sip:{}@host.example>;index=1                                  both      word  description
Identity                    {};info=<https://cert.example/a.cer>;alg=ES256                 request   hex   device
Identity-Info               <https://{}.example/cert.cer>;alg=rsa-sha1                     request   word  device
Geolocation                 <https://{}.example/here>                                      both      word  device
Geolocation-Error           100 ; code="{}"                                                response  word  device
Reason                      SIP;cause=200;text="because {}"                                both      word  description
P-Access-Network-Info       IEEE-802.11;i-wlan-node-id={}                                  both      hex12 device
Cellular-Network-Info       3GPP-E-UTRAN-FDD;utran-cell-id-3gpp={}                         both      hex   device
P-Visited-Network-ID        {}                                                             request   word  device
P-Charging-Vector           icid-value={};icid-generated-at=192.0.2.7                      both      word  device
P-Charging-Function-Addresses  ccf={}.example                                              both      word  device
P-Called-Party-ID           <sip:{}@host.example>                                          request   word  description
P-Associated-URI            <sip:{}@host.example>                                          response  word  description
P-Served-User               <sip:{}@host.example>                                          request   word  description
P-Preferred-Service         urn:urn-7:3gpp-service.{}                                      request   word  device
P-User-Database             <aaa://{}.example>                                             request   word  device
P-Profile-Key               <sip:{}@host.example>                                          request   word  device
P-DCS-Billing-Info          {}/7@host.example                                              both      word  device
P-Media-Authorization       {}                                                             both      hex   device
Session-ID                  {}                                                             both      hex   device
User-to-User                {};encoding=hex                                                both      hex   description
Feature-Caps                *;+g.3gpp.{}                                                   both      word  device
Accept-Contact              *;+sip.{}                                                      request   word  device
Reject-Contact              *;+sip.{}                                                      request   word  device
Request-Disposition         {}                                                             request   word  device
Path                        <sip:{}.example;lr>                                            REGISTER  word  device
Security-Client             ipsec-3gpp;x={}                                                request   word  device
Security-Verify             ipsec-3gpp;x={}                                                request   word  device
Target-Dialog               {}@192.0.2.8;local-tag=1;remote-tag=2                          request   word  device
Join                        {}@192.0.2.9;from-tag=1;to-tag=2                               INVITE    word  device
Resource-Share              media-sharing;x={}                                             both      word  device
Additional-Identity         <sip:{}@host.example>                                          both      word  description
X-Asterisk-HangupCause      {}                                                             both      word  device
X-Canary                    {}                                                             both      word  device
x-{}                        named by its name                                              both      word  device
Retry-After                 18000 (at home of {});duration=3600                            refusal   word  description
Content-Disposition         session;filename={};handling=optional                          INVITE    word  device
MIME-Version                1.0 ({})                                                       both      word  device
Supported                   {}                                                             both      word  options
Allow                       {}                                                             both      method options
Allow-Events                {}                                                             both      word  options
"""

# The same for lines of SDP.
_SDP_ROWS = """
o= user                     o={} 1 1 IN IP4 192.0.2.1                                      session   word  device
o= address                                                                                 -         ipv4  device
o= session id                                                                              -         digits device
s=                          s=call of {}                                                   session   word  description
i=                          i=about {}                                                     session   word  description
u=                          u=http://{}.example/seminar                                    session   word  device
e=                          e={}@mail.example (somebody)                                   session   word  device
p=                          p=+{}                                                          session   digits device
c=                          c=IN IP4 {}                                                    session   ipv4  device
t=                          t={} 0                                                         session   digits device
r=                          r=604800 3600 0 {}                                             session   digits device
z=                          z={} -1h                                                       session   digits device
k=                          k=clear:{}                                                     session   word  device
a=cat                       a=cat:{}                                                       session   word  device
a=keywds                    a=keywds:{}                                                    session   word  description
a=tool                      a=tool:Phone {}                                                session   word  device
a=charset                   a=charset:{}                                                   session   word  device
a=sdplang                   a=sdplang:x-{}                                                 session   word  device
a= by its name              a=x-{}                                                         session   word  device
a=ice-ufrag                 a=ice-ufrag:{}                                                 session   word  device
a=ice-pwd                   a=ice-pwd:{}                                                   session   hex   device
a=fingerprint               a=fingerprint:sha-256 {}                                       session   colons device
a=msid-semantic             a=msid-semantic: WMS {}                                        session   word  device
a=identity                  a=identity:{}                                                  session   word  device
a=tls-id                    a=tls-id:{}                                                    session   hex   device
i= of media                 i=media of {}                                                  media     word  device
c= of media                 c=IN IP4 {}                                                    media     ipv4  device
k= of media                 k=base64:{}                                                    media     word  device
a=candidate                 a=candidate:1 1 UDP 2130706431 {} 40000 typ host               media     ipv4  device
a=candidate foundation      a=candidate:{} 1 UDP 1 192.0.2.2 40001 typ host                media     word  device
a=candidate related         a=candidate:2 1 UDP 1694498815 192.0.2.3 40002 typ srflx raddr {} rport 40003   media ipv4 device
a=candidate IPv6            a=candidate:3 1 UDP 2130706432 {} 40004 typ host               media     ipv6  device
a=candidate mDNS            a=candidate:4 1 UDP 2130706433 {}.local 40005 typ host         media     word  device
a=remote-candidates         a=remote-candidates:1 {} 40006                                 media     ipv4  device
a=rtcp                      a=rtcp:40007 IN IP4 {}                                         media     ipv4  device
a=label                     a=label:{}                                                     media     word  device
a=ssrc cname                a=ssrc:123456 cname:{}                                         media     word  device
a=ssrc                      a=ssrc:{} label:x                                              media     digits device
a=msid                      a=msid:{} audio0                                               media     word  device
a=crypto                    a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}                   media     key   device
a=zrtp-hash                 a=zrtp-hash:1.10 {}                                            media     hex64 device
a=extmap                    a=extmap:1 http://{}.example/ext                               media     word  device
a=lang                      a=lang:x-{}                                                    media     word  device
a=X-nat                     a=X-nat:{}                                                     media     word  device
a=alt                       a=alt:1 1 : {} 192.0.2.4 40008                                 media     word  device
a=mid                       a=mid:{}                                                       media     word  options
a=fmtp                      a=fmtp:101 0-16;x={}                                           media     word  options
"""


def _rows(text):
    rows = []
    for line in text.strip().splitlines():
        *head, where, kind, fact = line.split()
        name_end = line.find("  ")
        name = line[:name_end].strip()
        value = " ".join(head)[len(name):].strip()
        rows.append(Place(name, value, where, kind, fact))
    return rows


HEADERS = _rows(_HEADER_ROWS)
SDP = _rows(_SDP_ROWS)


def _pick(count, letters=_LETTERS):
    """Random letters. The last is none that a domain of the bed begins with: "..a" before ".example" would be one."""
    return "".join(random.choices(letters, k=count - 1) + random.choices(letters.replace("a", "").replace("b", ""), k=1))


def _hex(count):
    return _HEX_HEAD + _pick(count - len(_HEX_HEAD), string.digits + "abcdef")


_MAKERS = {
    "word": lambda: f"{_HEAD}{_pick(9)}",
    "method": lambda: f"{_HEAD}{_pick(6)}".upper(),
    "hex": lambda: _hex(32), "hex12": lambda: _hex(12), "hex64": lambda: _hex(64),
    "colons": lambda: ":".join(f"{random.randrange(256):02X}" for _ in range(32)),
    "digits": lambda: _DIGITS_HEAD + _pick(8, string.digits),
    "key": lambda: f"{_HEAD}{_pick(36, string.ascii_letters + string.digits)}",
    "date": lambda: f"Sat, {random.randint(10, 28)} Nov {random.randint(2100, 9999)} {random.randint(10, 23)}:{random.randint(10, 59)}"
                    f":{random.randint(10, 59)} GMT",
    # RFC 2544 section 20 and RFC 3849: addresses that belong to nobody.
    "ipv4": lambda: f"198.{random.randint(18, 19)}.{random.randint(100, 255)}.{random.randint(100, 255)}",
    "ipv6": lambda: f"2001:db8:{':'.join(f'{random.randrange(0x1000, 0x10000):x}' for _ in range(6))}",
}


def make_text(kind="word"):
    """A text that stands nowhere else, fit for places of this kind."""
    return _MAKERS[kind]()


class Planter:
    """One phone's canaries, each made when its place is first filled. `owner` names the phone in findings; `role` is "caller",
    "callee" or "third", with which the facts begin."""

    def __init__(self, owner, role):
        self.owner, self.role = owner, role
        self._made = {}

    @property
    def canaries(self):
        return list(self._made.values())

    def text(self, place, kind="word", fact="device", given=None):
        """The canary of a place; `given` is a text that was chosen elsewhere."""
        if place not in self._made:
            self._made[place] = Canary(f"{self.owner}: {place}", given or make_text(kind), f"{self.role}-{fact}")
        return self._made[place].text

    def headers(self, method, status=0):
        """[(name, value)] for a request of this method, or for a response with this status."""
        filled = []
        for number, row in enumerate(HEADERS):
            if _fits(row.where, method, status):
                text = self.text(f"{row.name} ({number})" if _repeated(row) else row.name, row.kind, row.fact)
                filled.append((row.name.format(text), row.template.format(text)))
        return filled

    def sdp(self, version=1, port=40000, direction="sendrecv"):
        """A body of application/sdp with every line that tells something."""
        session = [f"o={self.text('o= user')} {self.text('o= session id', 'digits')} {version} "
                   f"IN IP4 {self.text('o= address', 'ipv4')}"]
        lines = {where: [row.template.format(self.text(row.name, row.kind, row.fact)) for row in SDP if row.where == where]
                 for where in ("session", "media")}
        # RFC 8866 section 5: the order of the lines is fixed.
        session += sorted((line for line in lines["session"] if line[0] != "o"), key=lambda line: "siuepcbtrzka".index(line[0]))
        media = sorted(lines["media"], key=lambda line: "icbka".index(line[0]))
        codecs = ["a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", f"a={direction}"]
        return "\r\n".join(["v=0", *session, f"m=audio {port} RTP/AVP 0 101", *media, *codecs, ""]).encode()


def _fits(where, method, status):
    if where == "both":
        return True
    if where == "request":
        return not status
    if where in ("response", "refusal"):
        return status >= (300 if where == "refusal" else 100)
    return not status and method in where.split()


def _repeated(row):
    return sum(other.name == row.name for other in HEADERS) > 1
