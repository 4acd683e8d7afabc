"""SIP as small phones need it: messages and dialogs, for every script and test that plays a phone. No sockets, no time."""
