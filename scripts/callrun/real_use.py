"""What to type to call for real, after the demo."""

_CONFIG = ['role = "phone"', "[inner]", 'deliver_to = "127.0.0.1:5062"', "[tor]", 'control = "unix:/run/tor/control"', "[onion]"]


def text(binary):
    lines = "\\n".join(_CONFIG)
    return f"""For real, with Debian's tor and a Twinkle (apt install tor twinkle), three lines:
  sudo adduser "$USER" debian-tor      # once, then log in again: sipveil may speak to tor
  printf '{lines}\\n' > sipveil.toml
  {binary} run -c sipveil.toml         # prints the address that others need to call you
Twinkle: SIP port 5062, outbound proxy 127.0.0.1:5060. Whom you call stands in [[peer]] and [[route]]: docs/phones/twinkle.md
What does not work yet: headers go as the phone writes them, not encrypted, and no voice is carried, only the signalling."""
