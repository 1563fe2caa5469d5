"""The five calendar services as the portal words them: pure data, so that one set of views serves all five."""

from dataclasses import dataclass
from enum import StrEnum

from cronofy_sandbox.core import providers, scopes


class Step(StrEnum):
    """One page of the portal between the choice of a service and the permission page."""

    LINK = "link"
    ACCOUNT = "account"
    EMAIL = "email"
    PASSWORD = "password"  # noqa: S105  (the name of a page, not a secret)
    CREDENTIALS = "credentials"
    CONSENT = "consent"


@dataclass(frozen=True)
class Service:
    """One calendar service: how it is offered, and which pages lead to its permission page."""

    key: str
    hint: str
    icon: str
    steps: tuple[Step, ...]
    link_label: str = ""
    address_label: str = "E-mail"
    secret_label: str = "Password"  # noqa: S105  (a form label)
    permissions: tuple[str, ...] = ()
    calendar_permission: str = ""
    failures: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """What people call the service."""
        return providers.BY_KEY[self.key].label

    @property
    def domain(self) -> str:
        """The invented domain whose addresses live here."""
        return providers.BY_KEY[self.key].domain

    @property
    def demo_address(self) -> str:
        """The address that "Use demo account" fills in unless another one was asked for."""
        return f"alice@{self.domain}"

    @property
    def demo_addresses(self) -> tuple[str, ...]:
        """The people whom the account chooser offers."""
        return tuple(f"{name}@{self.domain}" for name in ("alice", "bob", "carol"))

    def owns(self, address: str) -> bool:
        """Say whether `address` lies in this service's demo domain."""
        return address.lower().endswith(f"@{self.domain}")


APPLE = Service(
    key="apple",
    hint="Use this if your address ends in icloud.com, me.com or mac.com.",
    icon="cloud",
    steps=(Step.LINK, Step.CREDENTIALS),
    link_label="Continue",
    address_label="Apple ID e-mail",
    secret_label="App-specific password",  # noqa: S106  (a form label)
)
GOOGLE = Service(
    key="google",
    hint="Use this if your address ends in gmail.com, or your company's mail runs on Google.",
    icon="grid",
    steps=(Step.LINK, Step.ACCOUNT, Step.EMAIL, Step.PASSWORD, Step.CONSENT),
    link_label="Link Google account",
    permissions=(
        "See your e-mail address",
        "See your name and the profile you made public",
        "See and edit only the files that this application itself puts in your drive",
    ),
    calendar_permission="See, change, share and permanently delete every calendar that you can open",
)
MICROSOFT_PERMISSIONS = (
    "Read your profile",
    "Have full access to your calendars",
    "Keep the access that you give until you withdraw it",
)
OFFICE_365 = Service(
    key="office365",
    hint="Use this if your work or school gives you the account (Microsoft 365).",
    icon="building",
    steps=(Step.LINK, Step.EMAIL, Step.PASSWORD, Step.CONSENT),
    link_label="Link Office 365 account",
    address_label="Work e-mail",
    permissions=MICROSOFT_PERMISSIONS,
    failures=(
        ("admin-approval@office365.test", "the company's administrator must approve the application first"),
        ("alice@outlook.test", "a private account where a work account is asked for"),
    ),
)
EXCHANGE = Service(
    key="exchange",
    hint="Use this if your company runs its own Exchange server.",
    icon="server",
    steps=(Step.CREDENTIALS,),
    failures=(
        ("manual@exchange.test", "the server is not found by itself: its address must be typed"),
        ("no-ews@exchange.test", "Exchange Web Services is switched off"),
    ),
)
OUTLOOK_COM = Service(
    key="live_connect",
    hint="Use this if your private address ends in outlook.com, hotmail.com, live.com or msn.com.",
    icon="envelope",
    steps=(Step.LINK, Step.EMAIL, Step.PASSWORD, Step.CONSENT),
    link_label="Link Outlook.com account",
    address_label="Personal e-mail",
    permissions=MICROSOFT_PERMISSIONS,
    failures=(("alice@office365.test", "a work account where a private account is asked for"),),
)

# The order in which the portal offers them.
SERVICES: tuple[Service, ...] = (APPLE, GOOGLE, OFFICE_365, EXCHANGE, OUTLOOK_COM)
BY_KEY: dict[str, Service] = {service.key: service for service in SERVICES}


def owner_of(address: str) -> Service | None:
    """Return the service whose demo domain `address` lies in, or None for a foreign address."""
    return next((service for service in SERVICES if service.owns(address)), None)


# What the permission page says about each scope, in the order in which it says it.
SCOPE_SENTENCES: dict[str, str] = {
    "list_calendars": "List your calendars",
    "read_account": "See the name and address of this account",
    "read_events": "Read the events in your calendars",
    "read_free_busy": "See when you are free or busy",
    "create_event": "Add events, and change the ones it manages",
    "delete_event": "Delete the events it manages",
    "create_calendar": "Create new calendars",
    "change_participation_status": "Answer invitations for you",
    "event_reminders": "Set reminders",
}


def permission_sentences(scope: str) -> tuple[str, ...]:
    """Return in plain words what `scope` (space separated) lets an application do."""
    wanted = {"list_calendars", *scopes.allowed(scope)}
    if "read_events" in wanted:
        wanted.discard("read_free_busy")  # who reads events sees that anyway
    return tuple(sentence for name, sentence in SCOPE_SENTENCES.items() if name in wanted)
