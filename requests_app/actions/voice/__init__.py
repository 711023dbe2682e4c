"""Writers of interviews, preferences and essays; their events are in the model's chain."""
