"""Tags for templates on how somebody signs in."""
