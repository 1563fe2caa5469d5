"""Takes secrets out of what is logged."""

import re

SECRET = re.compile(
    r'("(?:client_secret|access_token|refresh_token|code|token|link_token)"\s*:\s*")([^"]{0,200})(")'
    r"|((?:client_secret|access_token|refresh_token|code|token|link_token)=)([^&\s]+)"
)
LONGEST = 20_000


def masked(text: str) -> str:
    """Return the text with the values of secrets cut to their last four characters, and long texts cut."""
    shown = SECRET.sub(_mask, text)
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}… ({len(shown)} characters)"


def _mask(match: re.Match[str]) -> str:
    before, value, after = match[1] or match[4], match[2] or match[5] or "", match[3] or ""
    return f"{before}…{value[-4:]}{after}"
