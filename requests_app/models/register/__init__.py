"""Tables around the catalogue: what people want of it."""
