"""Parse calls to the gateway check and build its answers; nothing here decides."""
