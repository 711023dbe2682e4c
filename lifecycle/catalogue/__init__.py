"""Models, their retirements, access routes, and the sources of each fact."""
