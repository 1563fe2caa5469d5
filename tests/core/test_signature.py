"""Only who knows the client secret can tell us where to look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendarsync.core.signature import is_genuine, sign

CHANNEL = (
    b'"channel":{"channel_id":"chn_65f0c2aa17b3c4d5e6f70819",'
    b'"callback_url":"https://sync.example.test/hooks/cronofy/7f3c","filters":'
)
VERIFICATION = b'{"notification":{"type":"verification"},' + CHANNEL + b"{}}}"
CHANGE = (
    b'{"notification":{"type":"change","changes_since":"2026-11-22T09:14:05Z"},'
    + CHANNEL
    + b'{"calendar_ids":["cal_ZfDA7v5aSzwtHg@AAQ_b1c2d3"]}}}'
)
OLD, NEW = "sandbox-secret-1", "sandbox-secret-2"
VECTORS = [
    (VERIFICATION, OLD, "clIJ2P61yMuiZ5/N5gT5arYkwb95wEgdAqqV9olx874="),
    (VERIFICATION, NEW, "xvvgMPINCqFRG4/M7y3ZGbAVSMe3LNdT7LBH5POEN7U="),
    (CHANGE, OLD, "QsgQbVS7olEFF4cm5FA5vGkIw4UilyAzRXx+5PQ/TUg="),
    (CHANGE, NEW, "uuRnqcZ5mPmIDxFZwfoLHlQKIlB1VvwUcTS45TPJIFQ="),
]


@pytest.mark.parametrize(("body", "secret", "value"), VECTORS)
def test_a_known_body_has_the_known_signature(body: bytes, secret: str, value: str) -> None:
    assert sign(body, secret) == value
    assert is_genuine(body, value, secrets=[secret])


HEADERS = {
    "while theirs is being replaced": f"{sign(CHANGE, NEW)},{sign(CHANGE, OLD)}",
    "in another order": f"{sign(CHANGE, OLD)},{sign(CHANGE, NEW)}",
    "with blanks": f" {sign(CHANGE, OLD)} , {sign(CHANGE, NEW)} ",
    "with something strange in between": f"ä,,{sign(CHANGE, OLD)}",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_one_fitting_value_of_several_is_enough(header: str) -> None:
    assert is_genuine(CHANGE, header, secrets=[OLD])


def test_while_ours_is_being_replaced_both_secrets_count() -> None:
    assert is_genuine(CHANGE, sign(CHANGE, OLD), secrets=[NEW, OLD])


@pytest.mark.parametrize("header", ["", ",", "nonsense", sign(CHANGE, "another"), sign(CHANGE, OLD).lower()])
def test_anything_else_is_refused(header: str) -> None:
    assert not is_genuine(CHANGE, header, secrets=[OLD, NEW])


def test_without_secrets_nothing_is_genuine() -> None:
    assert not is_genuine(CHANGE, sign(CHANGE, OLD), secrets=[])


def test_a_blank_secret_lets_nobody_in() -> None:
    assert not is_genuine(CHANGE, sign(CHANGE, ""), secrets=[OLD, ""])


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=20))
def test_a_signature_fits_one_body_only(body: bytes, more: bytes) -> None:
    assert is_genuine(body, sign(body, OLD), secrets=[OLD])
    assert not is_genuine(body + more, sign(body, OLD), secrets=[OLD])
