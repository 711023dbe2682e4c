"""Create, rotate and revoke keys and service tokens, and keep other gateways in step."""
