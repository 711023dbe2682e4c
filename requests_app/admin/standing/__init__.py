"""Standing rules on the review desk."""
