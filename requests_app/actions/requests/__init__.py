"""A request while it is its requester's: text, files, invitations, sending, taking back."""
