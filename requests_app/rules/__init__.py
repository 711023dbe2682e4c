"""Who may do what, who may vote, which steps are needed, who is next. Read-only."""
