"""Template tags about sign-in and devices."""
