"""The check that runs on every call with a key: no ORM and no Django in here."""
