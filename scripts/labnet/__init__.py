"""Private anonymity networks on one machine: what scripts/lab starts, as classes for tests and the demo.

    from labnet.tor_lab import TorLab
    with TorLab("/tmp/my-lab", users=["alice", "bob"]) as lab:
        lab.up()
        lab.socket_path("alice", "socks")
"""
