"""Public pages of what models said: deployment reports, transcripts, protocols, essays."""
