"""Rows as files, written as they are read: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

Rows = Iterable[dict[str, Any]]
Writer = Callable[[Sequence[str], Rows], Iterator[str]]


class _Line:
    """What csv.writer takes for a file: it gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def as_csv(columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """Yield a heading and a line for each row."""
    writer = csv.writer(_Line())
    yield writer.writerow(columns)
    for row in rows:
        yield writer.writerow([_cell(row[column]) for column in columns])


def _cell(value: Any) -> str:
    """Return a value as text. A spreadsheet runs text that looks like a formula, so such text is quoted."""
    if value is None:
        return ""
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_json(_columns: Sequence[str], rows: Rows) -> Iterator[str]:
    """Yield a list of objects, one on each line."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


FORMS: dict[str, tuple[str, Writer]] = {
    "csv": ("text/csv; charset=utf-8", as_csv),
    "json": ("application/json", as_json),
}
