"""The configuration file of each tor in the lab.

Every file names the lab's own authorities. Outgoing connections are bound to the node's own address, from which no public
address can be reached, whatever an exit is asked to connect to: it is in a namespace without a way out, or on loopback, where the
kernel refuses to leave the machine.
"""
import time

from labnet import keys
from labnet.topology import BEHIND_RELAY, CONTROL_PORT, DIR_PORT, OR_PORT, SOCKS_PORT

# An interval this long keeps the authorities from voting before bootstrap.py tells them to.
IDLE_VOTING_INTERVAL = 300
IDLE_VOTING_MARGIN = 120

# For every tor that makes circuits in the lab: the network is too small and too regular for what these features learn.
# Vanilla: the KIST scheduler adds up to 10 ms a hop on one machine.
_CLIENT = """\
ConfluxEnabled 0
LearnCircuitBuildTimeout 0
CircuitBuildTimeout 10
FetchDirInfoEarly 1
FetchDirInfoExtraEarly 1
Schedulers Vanilla
"""

# GeoIP tables cost 35 MB and 3 s a process. 512 MB is what consensus compression wants as room; it is not allocated.
_CHEAP = """\
GeoIPFile /dev/null
GeoIPv6File /dev/null
MaxMemInQueues 512 MB
AvoidDiskWrites 1
"""

_EVERY_NODE = """\
TestingTorNetwork 1
DataDirectory {folder}
Log notice file {folder}/notice.log
SafeLogging 0
LogTimeGranularity 1
ShutdownWaitLength 0
ControlSocket {folder}/control.sock
CookieAuthentication 1
CookieAuthFile {folder}/control_auth_cookie
OutboundBindAddress {address}
"""

_EVERY_RELAY = """\
SocksPort 0
Address {address}
Nickname {name}
ContactInfo lab@invalid
AssumeReachable 1
PublishServerDescriptor 1
ServerDNSDetectHijacking 0
ServerDNSResolvConfFile /dev/null
ServerDNSTestAddresses
ServerDNSAllowBrokenConfig 1
NumCPUs 1
ExtraInfoStatistics 0
DirReqStatistics 0
HiddenServiceStatistics 0
BridgeRecordUsageByCountry 0
"""

# TestingMinExitFlagThreshold and MinMeasuredBWs...: flags and weights come from us, not from minutes of measuring.
# The votes after the first consensus come every 30 minutes.
_AUTHORITY = """\
DirPort {address}:{dir_port}
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
V3AuthVotingInterval 1800 seconds
V3AuthVoteDelay 2 seconds
V3AuthDistDelay 2 seconds
V3AuthNIntervalsValid 3
TestingV3AuthInitialVotingInterval {interval} seconds
TestingV3AuthInitialVoteDelay 2 seconds
TestingV3AuthInitialDistDelay 2 seconds
TestingV3AuthVotingStartOffset {offset} seconds
TestingDirAuthVoteGuard *
TestingDirAuthVoteHSDir *
TestingMinExitFlagThreshold 0
MinMeasuredBWsForAuthToIgnoreAdvertised 0
V3BandwidthsFile {bandwidths}
AuthDirTestReachability 0
ExitRelay 0
ExitPolicy reject *:*
"""

_EXIT_POLICY = {
    "relay": "ExitRelay 0\nExitPolicy reject *:*\n",
    "exit": "ExitRelay 1\nExitPolicyRejectPrivate 0\nExitPolicyRejectLocalInterfaces 0\nExitPolicy accept *:*\n"
            "IPv6Exit 0\n",
}


def directory_lines(keys_folder, nodes):
    """The DirAuthority lines, which make a tor a member of this network and of no other."""
    return "".join(
        f"DirAuthority {node.name} orport={OR_PORT} v3ident={keys.authority_identity(keys_folder, node.name)} "
        f"{node.address}:{DIR_PORT} {keys.fingerprint(keys_folder, node.name)}\n"
        for node in nodes if node.kind == "authority")


def bandwidths(keys_folder, nodes):
    """Bandwidth file: authorities are hardly ever chosen for a circuit, since they have no delay."""
    weights = "".join(f"node_id=${keys.fingerprint(keys_folder, node.name)} "
                      f"bw={1 if node.kind == 'authority' else 1000} nick={node.name}\n"
                      for node in nodes if node.is_relay)
    return f"{int(time.time())}\n{weights}"


def guest(directory, address):
    """What a tor from outside includes to join (`extra_torrc` of sipveil)."""
    return f"TestingTorNetwork 1\nOutboundBindAddress {address}\nSafeLogging 0\n" + _CHEAP + _CLIENT + directory


def single_hop_service(folder, include, ports):
    """A tor on the guest's node that only runs an onion service of circuits with one hop, off until DisableNetwork is 0. `include`:
    what guest() gave."""
    targets = "".join(f"HiddenServicePort {port} {target}\n" for port, target in ports.items())
    return (f"DataDirectory {folder}\nLog notice file {folder}/notice.log\nControlSocket {folder}/control.sock\n"
            f"CookieAuthentication 1\nCookieAuthFile {folder}/control_auth_cookie\nShutdownWaitLength 0\nSocksPort 0\n"
            f"DisableNetwork 1\nHiddenServiceNonAnonymousMode 1\nHiddenServiceSingleHopMode 1\n"
            f"HiddenServiceDir {folder}/service\n{targets}{include}")


def for_node(node, folder, directory, bandwidth_file, behind_relay):
    """behind_relay: a delay relay listens on the node's OR port and connects to it BEHIND_RELAY above."""
    text = _EVERY_NODE.format(folder=folder, address=node.address) + _CHEAP + directory
    if node.kind == "user":
        return text + _user(node, folder)
    text += _EVERY_RELAY.format(address=node.address, name=node.name) + "Schedulers Vanilla\n"
    if behind_relay and node.kind != "authority":
        text += (f"ORPort {node.address}:{OR_PORT} NoListen\n"
                 f"ORPort {node.address}:{OR_PORT + BEHIND_RELAY} NoAdvertise\n")
    else:
        text += f"ORPort {node.address}:{OR_PORT}\n"
    if node.kind == "authority":
        now = int(time.time())
        text += _AUTHORITY.format(address=node.address, dir_port=DIR_PORT, bandwidths=bandwidth_file,
                                  interval=IDLE_VOTING_INTERVAL,
                                  offset=(now + IDLE_VOTING_MARGIN) % IDLE_VOTING_INTERVAL)
    else:
        text += _EXIT_POLICY[node.kind]
    return text


def _user(node, folder):
    return _CLIENT + (f"SocksPort unix:{folder}/socks.sock IsolateSOCKSAuth ExtendedErrors\n"
                      f"SocksPort {node.address}:{SOCKS_PORT} IsolateSOCKSAuth ExtendedErrors\n"
                      f"ControlPort {node.address}:{CONTROL_PORT}\n")
