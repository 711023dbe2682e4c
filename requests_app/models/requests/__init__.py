"""Tables of the request: its revisions, files, collaborators and invitations."""
