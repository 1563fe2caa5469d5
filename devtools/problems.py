"""The one exception that is shown to a person as a single line, without a traceback."""


class Problem(Exception):
    """Something the person at the terminal can put right; the text says what to do."""
