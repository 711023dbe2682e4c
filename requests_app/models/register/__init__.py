"""Tables around the catalogue: what people want of it, and what they were told."""
