"""Models, their retirements, how they are reached after, and the sources of each fact."""
