"""Views: each loads, cleans, calls one action and answers."""
