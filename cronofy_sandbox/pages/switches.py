"""The buttons beside the calendar: each is a few calls of the control API, so that tests can do the same by URL."""

from dataclasses import dataclass, field
from typing import Any

from cronofy_sandbox.models import Account, Calendar


@dataclass(frozen=True)
class Request:
    """One call of the control API."""

    method: str
    path: str
    body: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the call as the page's script reads it."""
        return {"method": self.method, "path": f"/_sandbox/{self.path}", "body": self.body}


@dataclass(frozen=True)
class Switch:
    """One button: its label, what it says when done, the calls it makes."""

    label: str
    done: str
    requests: tuple[Request, ...]
    changes_page: bool = False  # what the page says besides events and the wire is stale afterwards: load it again

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls as plain values."""
        return [request.as_json() for request in self.requests]


@dataclass(frozen=True)
class Group:
    """Buttons that belong together."""

    title: str
    switches: tuple[Switch, ...]


def _fault(kind: str, **rest: Any) -> Request:
    return Request("POST", "faults", {"kind": kind, **rest})


def groups(account: Account) -> list[Group]:
    """Return the fault switches for an account."""
    primary = Calendar.objects.filter(profile__account=account, primary=True).select_related("profile").first()
    found = [_calls(), _notifications()]
    if primary is not None:
        found.insert(0, _access(account, primary))
        found.append(_calendar(primary))
    return [*found, _clock()]


def _access(account: Account, primary: Calendar) -> Group:
    profile = primary.profile
    switches = [
        Switch(
            "Revoke access",
            "All applications lost their access to this account.",
            (Request("POST", f"accounts/{account.uid}/revoke"),),
        ),
        Switch(
            "Expire tokens",
            "The access tokens have run out; refresh tokens still work.",
            (Request("POST", f"accounts/{account.uid}/expire-tokens"),),
        ),
        Switch(
            "Disconnect from the provider",
            "The provider refuses the stored sign-in.",
            (Request("POST", f"profiles/{profile.uid}/disconnect"),),
            changes_page=True,
        ),
        Switch(
            "Reconnect to the provider",
            "The provider accepts the sign-in again.",
            (Request("POST", f"profiles/{profile.uid}/relink"),),
            changes_page=True,
        ),
    ]
    if profile.provider_service == "exchange":
        switches.append(
            Switch(
                "EWS off",
                "Exchange Web Services is switched off: no sign-in works, and the link is broken.",
                (
                    _fault("sign_in_refused", params={"code": "ews_disabled"}),
                    Request("POST", f"profiles/{profile.uid}/disconnect"),
                ),
                changes_page=True,
            )
        )
    return Group("Access", tuple(switches))


def _calls() -> Group:
    return Group(
        "Calls",
        (
            Switch(
                "429 for 60 s",
                "Every call answers 429 for a minute.",
                (_fault("status", seconds=60, params={"status": 429}, match={"path": "/v1/"}),),
            ),
            Switch(
                "500 on writes for 60 s",
                "Every write answers 500 for a minute.",
                tuple(
                    _fault("status", seconds=60, params={"status": 500}, match={"path": "/v1/", "method": method})
                    for method in ("POST", "DELETE")
                ),
            ),
            Switch(
                "Slow by 5 s for 60 s",
                "Every call takes five seconds longer for a minute.",
                (_fault("latency", seconds=60, params={"ms": 5000}),),
            ),
        ),
    )


def _notifications() -> Group:
    return Group(
        "Notifications",
        (
            Switch("Drop the next one", "The next one will be lost.", (_fault("notification_dropped", count=1),)),
            Switch(
                "Send the next one twice",
                "The next one will come twice.",
                (_fault("notification_duplicated", count=1),),
            ),
            Switch(
                "Let the next one be overtaken",
                "The next one will arrive after the one that follows it.",
                (_fault("notification_reordered", count=1),),
            ),
        ),
    )


def _calendar(primary: Calendar) -> Group:
    states = (
        ("Make it read-only", "Nobody can write to it now.", {"readonly": True}),
        ("Make it writable", "It can be written to again.", {"readonly": False}),
        ("Delete it", "The calendar is gone.", {"deleted": True}),
        ("Bring it back", "The calendar is there again.", {"deleted": False}),
    )
    return Group(
        f"Calendar “{primary.name}”",
        tuple(
            Switch(label, done, (Request("POST", f"calendars/{primary.uid}", state),), changes_page=True)
            for label, done, state in states
        ),
    )


def _clock() -> Group:
    offsets = (("1 hour ahead", 3600), ("1 day ahead", 86400), ("10 minutes behind", -600))
    return Group(
        "Clock",
        tuple(
            Switch(
                label,
                "The sandbox's clock was set.",
                (Request("POST", "clock", {"offset_seconds": seconds}),),
                changes_page=True,
            )
            for label, seconds in offsets
        ),
    )


def seeds(account: Account) -> list[Switch]:
    """Return the buttons that fill the account's primary calendar with invented events."""
    primary = Calendar.objects.filter(profile__account=account, primary=True, deleted=False).first()
    if primary is None:
        return []
    kinds = (
        ("50 events", "plain", 50),
        ("Series over a clock change", "series", 1),
        ("Private event", "private", 1),
        ("All-day event", "all_day", 1),
        ("Long, emoji and right-to-left titles", "texts", 6),
    )
    return [
        Switch(label, "Added.", (Request("POST", f"calendars/{primary.uid}/seed", {"kind": kind, "count": count}),))
        for label, kind, count in kinds
    ]


def reset(account: Account) -> Switch:
    """Return the button that ends every fault, sets the clock right and mends this account's links and calendars."""
    mended = [Request("DELETE", "faults"), Request("POST", "clock", {"offset_seconds": 0})]
    mended += [Request("POST", f"profiles/{profile.uid}/relink") for profile in account.profiles.order_by("id")]
    for calendar in Calendar.objects.filter(profile__account=account):
        # Secondary calendars may be read-only by nature; the switches lock the primary one only.
        state = {"deleted": False, "readonly": False} if calendar.primary else {"deleted": False}
        mended.append(Request("POST", f"calendars/{calendar.uid}", state))
    done = "Everything works again. Withdrawn access stays withdrawn."
    return Switch("Reset all switches", done, tuple(mended), changes_page=True)
