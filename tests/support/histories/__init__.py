"""Random histories of requests, played on the code and on a model written apart from it."""
