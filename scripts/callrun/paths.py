"""The kinds of paths that calls take, as --path says."""
ONION, EXIT, SINGLE_HOP = "onion", "exit", "single-hop"   # through tor
DESTINATION, HTTP = "destination", "http"                 # through I2P
