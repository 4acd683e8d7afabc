"""The configuration file of each i2pd in the lab.

None of them can reach a public address: they live in namespaces without a way out. They do not try either: no reseed servers, no time
servers, no subscriptions.
"""
from labnet.i2p_topology import CONSOLE_PORT, HTTP_PROXY_PORT, SAM_PORT, TRANSPORT_PORT, local_address

# Any but 2, that of the public network: routers of different networks refuse each other.
NETWORK_ID = 77

# What makes a router a member of this network. nat: no peer tests, which take minutes. threshold: never ask for more routers than
# the zip holds.
_MEMBER = """\
netid = {netid}
ipv4 = true
ipv6 = false
host = {address}
address4 = {address}
port = {port}
nat = false
reservedrange = false
"""
_MEMBER_SECTIONS = """\
[nettime]
enabled = false
frompeers = false
[reseed]
verify = false
threshold = 0
urls =
yggurls =
zipfile = {seed}
"""

_EVERY_ROUTER = """\
tunconf = {folder}/tunnels.conf
tunnelsdir = {folder}/tunnels.d
certsdir = {folder}/certificates
pidfile = {folder}/i2pd.pid
log = file
logfile = {folder}/i2pd.log
loglevel = warn
daemon = false
"""

# Users carry nobody's tunnels, so that a call's path has exactly the delays of the routers on it, and a drill that kills a user's
# router hurts nobody else. X: as much as one likes, for tunnels are only made of routers that have much to give.
_SHARE = {
    "floodfill": "bandwidth = X\nfloodfill = true\n",
    "router": "bandwidth = X\nfloodfill = false\n",
    "user": "bandwidth = L\nnotransit = true\nfloodfill = false\n",
}

# addressbook: without it i2pd 2.45.1 crashes at the first stream that comes in by SAM.
_SECTIONS = """\
[http]
enabled = {user}
address = {local}
port = {console}
strictheaders = false
[httpproxy]
enabled = {user}
address = {local}
port = {http_proxy}
[sam]
enabled = {user}
address = {local}
port = {sam}
[socksproxy]
enabled = false
[i2cp]
enabled = false
[bob]
enabled = false
[i2pcontrol]
enabled = false
[upnp]
enabled = false
[addressbook]
enabled = true
defaulturl = http://127.0.0.1/none
subscriptions =
[persist]
profiles = false
addressbook = false
"""


def for_node(node, folder, seed):
    """`seed`: zip file with the routers of the network; it need not be there yet."""
    user = "true" if node.kind == "user" else "false"
    return (_EVERY_ROUTER.format(folder=folder) + _member(node) + _SHARE[node.kind]
            + _MEMBER_SECTIONS.format(seed=seed)
            + _SECTIONS.format(user=user, local=local_address(node), console=CONSOLE_PORT, http_proxy=HTTP_PROXY_PORT, sam=SAM_PORT))


def guest(node, seed):
    """What an i2pd from outside includes to join, at the place of `node` (`extra_conf` of sipveil)."""
    return _member(node) + "notransit = true\n" + _MEMBER_SECTIONS.format(seed=seed)


def _member(node):
    return _MEMBER.format(netid=NETWORK_ID, address=node.address, port=TRANSPORT_PORT)
