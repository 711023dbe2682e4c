"""The gateway check, called for every request to a model: no ORM and no Django in here."""
