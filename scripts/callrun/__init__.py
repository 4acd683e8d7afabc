"""Real calls through real bridges: what scripts/demo is made of, for every script that places calls and measures them."""
