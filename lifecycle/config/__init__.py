"""The site's settings, addresses and servers, all read from the environment."""
