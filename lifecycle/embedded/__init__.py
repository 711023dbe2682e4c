"""The private PostgreSQL and Valkey of the demo and the tests."""
