"""What developers and newcomers run: set-up, the local servers, the supervisor and pytest's helpers. Never deployed."""
