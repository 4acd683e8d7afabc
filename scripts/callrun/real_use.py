"""What to type to call for real, after the demo."""

_PHONE = ['role = "phone"', "[inner]", 'deliver_to = "127.0.0.1:5062"']
_TOR = ("with Debian's tor and a Twinkle (apt install tor twinkle), three lines",
        '  sudo adduser "$USER" debian-tor      # once, then log in again: sipveil may speak to tor\n',
        [*_PHONE, "[tor]", 'control = "unix:/run/tor/control"', "[onion]"])
_I2P = ("with Debian's i2pd and a Twinkle (apt install i2pd twinkle), two lines", "", [*_PHONE, "[i2p]", "[destination]"])


def text(binary, network):
    """`network`: its name."""
    title, before, config = {"tor": _TOR, "i2p": _I2P}[network]
    lines = "\\n".join(config)
    return f"""For real, {title}:
{before}  printf '{lines}\\n' > sipveil.toml
  {binary} run -c sipveil.toml         # prints the address that others need to call you
Twinkle: SIP port 5062, outbound proxy 127.0.0.1:5060. Whom you call stands in [[peer]] and [[route]]: docs/phones/twinkle.md
Names are sealed with [identity]: docs/identities.md. What does not work yet: no voice is carried, only the signalling."""
