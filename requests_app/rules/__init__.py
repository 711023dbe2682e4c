"""Who may do what, who may vote, when a step is needed, who is next; it only reads."""
