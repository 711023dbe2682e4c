"""What there is to draw, and the drawing of it."""
