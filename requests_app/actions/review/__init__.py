"""Actions of the review: stages, votes, delegations, emergency grants."""
