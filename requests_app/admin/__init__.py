"""The review desk: rows are read-only here, a change is an action."""

from requests_app.admin import access, policies, review

__all__ = ["access", "policies", "review"]
