"""Ends that reach far: everything under one person, institution, policy or model."""
