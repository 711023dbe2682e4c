"""What reviewers do: vote, delegate, recuse; and break-glass grants."""
