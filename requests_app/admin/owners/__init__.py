"""Pages for policy owners: the report, invitations to review, withdrawals of models."""
