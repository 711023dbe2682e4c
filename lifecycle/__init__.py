"""What is known before anyone asks: models, retirements, people, and the site's own settings."""
