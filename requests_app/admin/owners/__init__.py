"""Pages for policy owners: the report of a policy and its files."""
