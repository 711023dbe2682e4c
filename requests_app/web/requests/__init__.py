"""The pages of a sent request, its files and its invitations."""
