"""What the API returns: names, dates and states, never reviewers' names or digests of keys."""
