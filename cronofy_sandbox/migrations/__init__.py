"""Schema of the sandbox database."""
