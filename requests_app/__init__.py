"""From the request for access to the end of the last key: everything that follows from asking."""
