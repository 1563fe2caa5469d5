"""The wire protocol: the endpoints an application calls."""
