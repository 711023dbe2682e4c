"""What somebody on the desk may see of a request under review: its page, and the API."""
