"""The pages on which a request is written, step by step."""
