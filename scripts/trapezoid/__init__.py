"""The test bed of two domains: phone, sipveil, proxy with sipveil on either side, and Tor or plain TCP between them."""
