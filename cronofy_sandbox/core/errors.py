"""How a refusal of invalid parameters looks on the wire: field names, each with keys and descriptions."""

from collections.abc import Mapping

DESCRIPTIONS = {
    "errors.required": "required",
    "errors.too_long": "too long",
    "errors.not_recognized": "not recognized",
    "errors.invalid_format": "invalid format",
}


class Invalid(Exception):
    """Parameters that the wire rules refuse; `errors` maps a field name to its error keys."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(", ".join(f"{field}: {keys[0]}" for field, keys in errors.items()))
        self.errors = {field: list(keys) for field, keys in errors.items()}

    def body(self) -> dict[str, object]:
        """Return the documented answer body of a 422."""
        return {
            "errors": {
                field: [{"key": key, "description": describe(key)} for key in keys]
                for field, keys in self.errors.items()
            }
        }


class Problems:
    """Collects refusals, so that one answer names all faulty fields."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def add(self, field: str, key: str) -> None:
        """Note that `field` is refused for the reason `key`."""
        keys = self.errors.setdefault(field, [])
        if key not in keys:
            keys.append(key)

    def raise_if_any(self) -> None:
        """Raise Invalid unless nothing was noted."""
        if self.errors:
            raise Invalid(self.errors)


def describe(key: str) -> str:
    """Return a readable text for an error key. Clients match on the key, never on this."""
    return DESCRIPTIONS.get(key, key.rsplit(".", 1)[-1].replace("_", " "))
