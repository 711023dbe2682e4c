"""Keys and service tokens: made, rotated, revoked, kept in step with other gateways."""
