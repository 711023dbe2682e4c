"""Rules for all typed text: normalization, visibility, comparison, counting."""
