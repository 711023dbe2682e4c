"""Between the server and Django: bodies are read, bounded and rejected; long lists are freed."""
