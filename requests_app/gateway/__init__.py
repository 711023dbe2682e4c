"""The check of every call with a key. No ORM and no Django in here."""
