"""What the register shows to everybody."""
