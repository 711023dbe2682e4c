"""When the sweeps run, and whether they ran."""
