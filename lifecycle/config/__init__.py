"""Settings, URLs and servers of the site, all read from the environment."""
