"""Tables of the review: policies, steps, stages, votes, emergency grants, the read log."""
