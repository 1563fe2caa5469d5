"""What every code of the sync means in plain words: title, what it is, and what to do about it. In one place, so that
the pages, the log and the messages never explain the same thing differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from calendarsync.core.decide import Rule
from calendarsync.models.integrations import Problem
from calendarsync.models.links import LinkState

EWS_HELP_URL = (
    "https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/"
    "how-to-control-access-to-ews-in-exchange"
)
CHECK_PERMISSION = (
    "Please check that Cronofy still has the permission to reach this calendar on behalf of the BMS, then reconnect."
)


@dataclass(frozen=True, slots=True)
class Words:
    """A heading, a sentence on what happened, and one on what to do; `remedy` is empty where nothing is to be done."""

    title: str
    sentence: str
    remedy: str = ""


RULES: dict[str, Words] = {
    Rule.UPDATES_OFF: Words(
        "Updates are not taken over",
        "It was changed in the linked calendar, but Update is not ticked.",
        "Tick Update under Settings, Linked Calendar, and the change is taken over.",
    ),
    Rule.DELETIONS_OFF: Words(
        "Deletions are not taken over",
        "It was deleted in the linked calendar, but Delete is not ticked, so it stays in My Calendar.",
        "Delete it in My Calendar, or edit it there to have it sent again.",
    ),
    Rule.SHARED_RECORD: Words(
        "Kept, since others rely on it",
        "It was deleted in the linked calendar. Service calls, CRM activities and tasks are records that colleagues "
        "share, so it stays in My Calendar.",
        "Delete it in My Calendar if it should go for everybody, or edit it to have it sent again.",
    ),
    Rule.EDIT_BEATS_DELETION: Words(
        "An edit beats a deletion",
        "It was deleted on one side and edited on the other, so it stays with the edit.",
        "Delete it again if it should go.",
    ),
    Rule.OURS_WINS: Words(
        "Edited on both sides: My Calendar won",
        "The same field was edited on both sides. The item was made in the BMS, so the version of My Calendar holds.",
        "The other version is kept in the log.",
    ),
    Rule.THEIRS_WINS: Words(
        "Edited on both sides: the linked calendar won",
        "The same field was edited on both sides. The item comes from the linked calendar, so its version holds.",
        "The other version is kept in the log.",
    ),
    Rule.MERGED: Words(
        "Edited on both sides, joined",
        "Different fields were edited on the two sides; all edits hold.",
    ),
    "creations_off": Words(
        "New events are not taken over",
        "It was added in the linked calendar, but Create is not ticked.",
        "Tick Create under Settings, Linked Calendar; for what exists already, Retrieve once from there.",
    ),
    "private_skipped": Words(
        "Private events are skipped",
        "It is marked private in the linked calendar, and private events are set to Skip.",
        "Choose Busy only or Full details under Settings, Linked Calendar, More options.",
    ),
    "outside_days": Words(
        "Outside the chosen days",
        "It lies outside the days of this sync.",
        "Choose more days under Settings, Sync Options.",
    ),
    "before_connection": Words(
        "Older than the connection",
        "It was in the linked calendar before you connected it.",
        "Retrieve it once from Settings.",
    ),
    "not_permitted_there": Words(
        "May not be changed there",
        "The event belongs to the linked calendar, which does not let the BMS change it.",
        "Change it in the linked calendar.",
    ),
    "refused": Words(
        "Refused by the linked calendar",
        "The linked calendar does not accept this version of the item.",
        "Change what it objects to and save; it is then sent again.",
    ),
    "unreadable_event": Words(
        "Could not be taken over",
        "The event holds something that the BMS cannot make sense of. All others are synced as usual.",
        "Look at the event in the linked calendar; if it is in order there, tell your administrator.",
    ),
}

PROBLEMS: dict[str, Words] = {
    Problem.CALENDAR_GONE: Words(
        "The calendar is gone",
        "It was deleted from the account, or Cronofy may no longer see it.",
        "Choose another calendar in Settings, or bring the old one back and refresh the list there.",
    ),
    Problem.CALENDAR_READONLY: Words(
        "The calendar is read-only",
        "The account lets nothing be written to it, but kinds of item are ticked that should be sent to it.",
        "Untick everything under Settings, Your Calendar, or ask the owner of the calendar for the right to edit it.",
    ),
    Problem.NOT_PERMITTED: Words(
        "A permission is missing",
        "Cronofy refused what the sync needs to do with this calendar.",
        CHECK_PERMISSION,
    ),
}

ACCESS_WITHDRAWN = Words(
    "The permission was withdrawn",
    "Cronofy no longer accepts the BMS for this account. Nothing is lost: changes wait until it is connected again.",
    CHECK_PERMISSION,
)
MAILBOX_LOST = Words(
    "Cronofy lost the mailbox",
    "Cronofy cannot log in to this account any more, as after a changed password. Changes wait until it can again.",
    CHECK_PERMISSION,
)
NOT_CONNECTED = Words("Not Connected", "The link between Cronofy and the BMS is broken.", CHECK_PERMISSION)

LINK_STATES: dict[str, Words] = {
    LinkState.ACTIVE: Words("Synced", "It stands in both calendars and travels with every change."),
    LinkState.HELD: Words(
        "Not taken over",
        "It was changed in the linked calendar while the matching box was not ticked.",
        "Tick it under Settings, Linked Calendar.",
    ),
    LinkState.DETACHED: Words(
        "Not synced",
        "It was removed from the linked calendar and stays in My Calendar.",
        "Edit it to have it sent again.",
    ),
    LinkState.PARKED: Words(
        "Failed",
        "The linked calendar refused this version of it.",
        "Change what it objects to and save; it is then sent again.",
    ),
    LinkState.TOMB: Words("Deleted", "It was deleted on both sides."),
}

_CONNECT_AGAIN = "Connect the calendar again; nothing was stored."

REFUSALS: dict[str, Words] = {
    "no_state": Words(
        "This link connects nothing",
        "The address that you came from the portal with is damaged, or was not made by the BMS.",
        "Start again with Click to Connect.",
    ),
    "expired": Words(
        "That took too long",
        "For your safety, a connection must be finished within ten minutes of pressing Click to Connect.",
        _CONNECT_AGAIN,
    ),
    "replayed": Words(
        "This connection was used already",
        "Each visit to the portal can be used once, and this one was. Reloading the page has no effect.",
        "Look at the list of integrations; the calendar may be there. Otherwise connect again.",
    ),
    "other_browser": Words(
        "Started in another browser",
        "This connection was not started in this browser, or you logged in anew since.",
        "Start again with Click to Connect, and stay in this browser until you are back.",
    ),
    "other_user": Words(
        "Started by somebody else",
        "Another user of the BMS started this connection, and a calendar is connected only for whoever asked for it.",
        "Start again with Click to Connect.",
    ),
    "denied": Words(
        "Not allowed, so not connected",
        "You told Cronofy not to allow the BMS to use the account. Nothing was connected.",
        "If that was a slip, connect again and choose Allow.",
    ),
    "portal_error": Words(
        "The portal reported an error",
        "Cronofy sent you back without a permission. Nothing was connected.",
        "Try again. If it happens again, tell your administrator what you see here.",
    ),
    "code_refused": Words(
        "The permission came too late",
        "Cronofy no longer accepts the code that it gave out: it works once and only for about a minute.",
        _CONNECT_AGAIN,
    ),
    "not_permitted": Words(
        "A permission is missing",
        "The account was connected, but Cronofy does not let the BMS see its calendars.",
        "Connect again and allow everything that is asked for.",
    ),
    "try_later": Words(
        "Cronofy does not answer at the moment",
        "Cronofy is busy or out of reach. Nothing was connected.",
        "Wait a minute and connect again.",
    ),
    "our_fault": Words(
        "The BMS made a mistake",
        "Cronofy did not understand the BMS, which usually means that it is not set up correctly.",
        "Tell your administrator; the details are in the log of the server.",
    ),
}


def of_rule(rule: str) -> Words | None:
    """Return the words for the rule of an outcome, or None if there is nothing to explain."""
    return RULES.get(rule)


def of_problem(problem: str, *, grant_lost: bool, mailbox_lost: bool) -> Words | None:
    """Return what keeps an integration from working, the most fundamental cause first; None if nothing does."""
    if grant_lost:
        return ACCESS_WITHDRAWN
    if mailbox_lost:
        return MAILBOX_LOST
    return PROBLEMS.get(problem, NOT_CONNECTED) if problem else None


def of_refusal(refusal: str) -> Words:
    """Return why nothing was connected."""
    return REFUSALS[refusal]


def days(first: date, last: date) -> str:
    """Return a range of days, such as `24 Oct 2026 to 22 Jan 2027`; a single day stands alone."""
    names = [f"{day.day} {day:%b %Y}" for day in (first, last)]
    return names[0] if first == last else " to ".join(names)
