"""Views of what belongs to a draft besides its text: files, and invitations to take part."""
