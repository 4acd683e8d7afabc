"""scripts/delay-tables: the delay tables of the papers on SIP over Tor and I2P, measured anew, and sipveil beside them."""
