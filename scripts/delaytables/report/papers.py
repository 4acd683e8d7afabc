"""The papers' figures. Delays in seconds from INVITE to 180, 100 calls one after the other, each over a new circuit."""

# "PrivaSIP over Tor", section 5: {tenths of a second: calls}.
TABLE_2 = {6: 3, 7: 5, 8: 2, 9: 27, 10: 43, 11: 18, 12: 1, 14: 1}
TABLE_3 = {15: 1, 17: 3, 18: 26, 19: 37, 20: 27, 22: 1, 24: 2, 25: 2, 30: 1}

# The rows that are built as those of Tables 2 and 3 were: what each is called, and its table.
TABLE_2_ROW, TABLE_3_ROW = "tor-exit/paper/sip/fresh", "tor-exit/paper/privasip-2-rsa/fresh"

# "OnionSIP", Table 5, which Figure 3 (cumulative) and Figure 4 (boxes) draw. Its standard deviations (13.5 to 21.3) have no unit that fits
# its means.
MEANS = {"OnionSIP-AES": 0.6528, "OnionSIP-RSA": 0.7265, "SIP over Tor": 0.9505, "SIP over Orbot": 1.0508, "SIP over I2P": 1.2486,
         "PrivaSIP over Tor": 1.9582}

# Which of them a row is built as. I2P was reached by its HTTP proxy.
_ROWS = {TABLE_2_ROW: "SIP over Tor", "orbot/paper/sip/fresh": "SIP over Orbot", "i2p-http/paper/sip/fresh": "SIP over I2P",
         TABLE_3_ROW: "PrivaSIP over Tor"}

# "ANOSIP", section 6, Table 1: {index of 10 ms: responses}; 97 of the 200 that it says it counts.
REGISTER_TABLE = {0: 0, 1: 0, 2: 58, 3: 39}
REGISTER_BIN_S, REGISTER_RATE, REGISTER_S = 0.01, 10, 30


def mean_of(table):
    """Of a frequency table by tenths of a second."""
    return sum(tenth * count for tenth, count in table.items()) / sum(table.values()) / 10


def name_of(row_name):
    """What the papers call the row, or None."""
    return _ROWS.get(row_name)


def row_of(name):
    return next((row for row, paper in _ROWS.items() if paper == name), None)


def mean_for(row_name):
    return MEANS.get(_ROWS.get(row_name))
