"""What emails say, beyond their templates."""
