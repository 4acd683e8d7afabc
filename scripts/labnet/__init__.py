"""Private anonymity networks on one machine: what scripts/lab starts, as classes for tests and the demo.

    from labnet.tor_lab import TorLab
    with TorLab("/tmp/my-lab") as lab:
        lab.up(users=["alice", "bob"])
        lab.socket_path("alice", "socks")

labnet.i2p_lab.I2pLab is used in the same way; its sockets are "sam", "http_proxy" and "console".
"""
