"""How the gateway reads a call and writes its answer; it decides nothing."""
