"""Refusals that are not about parameters: an answer with a bare status."""


class Refused(Exception):
    """Answer `status` (403, 404, 402, 423 …) without a telling body: none is documented."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status
