"""The thread that hands notifications over."""


def start() -> None:
    """Start delivering."""
