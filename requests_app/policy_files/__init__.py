"""Policies as YAML files, with the line of each problem."""
