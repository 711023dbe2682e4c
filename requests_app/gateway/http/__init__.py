"""Reading a call and writing the answer; nothing is decided here."""
