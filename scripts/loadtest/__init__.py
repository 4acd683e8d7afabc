"""Load runs: SIPp through two bridges beside SIPp through Kamailio."""
