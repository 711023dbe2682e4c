"""REST for automation: the same actions as the pages, and the same refusals."""
