"""The public pages: models, policies, retirements, statistics."""
