"""The pages of a request that was sent, its files and its invitations."""
