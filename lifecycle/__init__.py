"""What exists before anyone requests access: the catalogue, people, and the site's settings."""
