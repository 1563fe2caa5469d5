"""One person's walk through the portal, remembered between its pages.

The record lives in the session on this side. The address shows a signed ticket that is worthless in another browser
and ends by itself.
"""

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.core import signing

from cronofy_sandbox.pages.catalogue import BY_KEY, Service, Step

LIFETIME_SECONDS = 30 * 60
# More walks than this in one browser at once are leftovers: the oldest are forgotten.
KEPT_AT_ONCE = 8
_SESSION_KEY = "visits"
_signer = signing.TimestampSigner(salt="sandbox.portal.ticket")


class VisitEnded(Exception):
    """The ticket is unknown here, forged, too old or already used: the person must start again at the application."""


@dataclass
class Visit:
    """What is known so far: the application's request, the service, who signed in, and which pages are done."""

    ticket: str
    wanted: dict[str, Any]
    service_key: str = ""
    email: str = ""
    hint: str = ""
    profile_uid: str = ""
    server_unknown: bool = False
    done: list[str] = field(default_factory=list)

    @property
    def service(self) -> Service | None:
        """The chosen service, or None before the choice."""
        return BY_KEY.get(self.service_key)

    @property
    def demo_address(self) -> str:
        """The address "Use demo account" signs in with: the one asked for if it belongs to the service."""
        if self.service is None:
            return ""
        return self.hint if self.service.owns(self.hint) else self.service.demo_address

    def choose(self, service: Service) -> None:
        """Start over with `service`: what was answered for another one no longer counts."""
        self.service_key, self.email, self.profile_uid = service.key, "", ""
        self.done, self.server_unknown = [], False

    def finish(self, *steps: Step) -> None:
        """Mark `steps` as done."""
        self.done = sorted({*self.done, *steps})

    def next_step(self) -> Step | None:
        """Return the first page of the service that is not done, or None when only the permission page is left."""
        if self.service is None:
            return None
        return next((step for step in self.service.steps if step not in self.done), None)

    def is_open(self, step: Step) -> bool:
        """Say whether `step` may be shown: pages before it are done, pages after it are not skipped to."""
        if self.service is None or step not in self.service.steps:
            return False
        before = self.service.steps[: self.service.steps.index(step)]
        return all(earlier in self.done for earlier in before)


def start(session: SessionBase, wanted: dict[str, Any], *, hint: str = "") -> Visit:
    """Remember a new walk for the authorization request `wanted` (plain values) and return it."""
    visit = Visit(ticket=_signer.sign(secrets.token_urlsafe(12)), wanted=wanted, hint=hint)
    save(session, visit)
    return visit


def save(session: SessionBase, visit: Visit) -> None:
    """Keep what `visit` says now."""
    kept: dict[str, Any] = session.get(_SESSION_KEY, {})
    kept.pop(visit.ticket, None)
    kept[visit.ticket] = asdict(visit)
    session[_SESSION_KEY] = dict(list(kept.items())[-KEPT_AT_ONCE:])


def load(session: SessionBase, ticket: str) -> Visit:
    """Return the walk that `ticket` stands for in this browser. May raise VisitEnded."""
    try:
        _signer.unsign(ticket, max_age=LIFETIME_SECONDS)
        return Visit(**session[_SESSION_KEY][ticket])
    except (signing.BadSignature, KeyError) as error:
        raise VisitEnded from error


def end(session: SessionBase, visit: Visit) -> None:
    """Forget `visit`: its ticket is used up."""
    kept = dict(session.get(_SESSION_KEY, {}))
    kept.pop(visit.ticket, None)
    session[_SESSION_KEY] = kept
