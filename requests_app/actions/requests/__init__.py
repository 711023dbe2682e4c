"""Actions of the requester: edit, attach files, invite, send, withdraw, appeal."""
