"""The pages for writing a request, step by step."""
