"""The desk's pages for writing and publishing policies."""
