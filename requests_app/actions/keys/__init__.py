"""Actions on keys and service tokens: create, rotate, revoke, keep other gateways in sync."""
