"""The format of a catalogue file: its entries, values and checks."""
