"""What to type to call for real, after the demo."""

_CONFIG = ['role = "phone"', "[inner]", 'deliver_to = "127.0.0.1:5062"', "[tor]", 'control = "unix:/run/tor/control"', "[onion]"]


def text(binary):
    lines = "\\n".join(_CONFIG)
    return f"""With a real tor (Debian's: apt install tor) and a Twinkle, three lines:
  sudo adduser "$USER" debian-tor            # then log in again: sipveil may speak to tor now
  printf '{lines}\\n' > sipveil.toml
  {binary} run -c sipveil.toml   # prints the address that others need to call you
Twinkle: SIP port 5062, outbound proxy 127.0.0.1:5060. Whom you call stands in [[peer]] and [[route]]: docs/phones/twinkle.md
Not yet: headers are not encrypted between the two ends' bridges and phones, and no voice is carried, only the signalling."""
