"""What of an event who may know, for programs."""
