"""The desk's pages on which owners write and publish policies."""
