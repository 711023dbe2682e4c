"""Views of one's own account: profile, data, deletion, what one follows."""
