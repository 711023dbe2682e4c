"""Policies as YAML files, with the line of everything that is wrong."""
