"""What models said: interviews before retirement, preferences, and essays."""
