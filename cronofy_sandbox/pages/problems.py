"""What can go wrong on the way through the portal, in plain words, each with what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One page of trouble: its heading, what happened, what helps."""

    heading: str
    what: str
    remedy: str
    status: int = 403
    link_url: str = ""
    link_text: str = ""


PAGES: dict[str, Problem] = {
    "unknown_client": Problem(
        heading="Unknown application",
        what="The application that sent you here is not registered with this sandbox.",
        remedy="Check the client id in the application's settings. The sandbox knows “sandbox-client” from the start.",
        status=400,
    ),
    "bad_redirect_uri": Problem(
        heading="The way back is not allowed",
        what="The application asked to send you back to an address that is missing, broken or not registered for it.",
        remedy="For your safety you stay here. The application must send exactly an address that is registered for it.",
        status=400,
    ),
    "expired": Problem(
        heading="This request has expired",
        what="The request to link a calendar is too old, was already used, or was started in another browser.",
        remedy="Go back to the application and start again there. Cookies must be allowed for this site.",
        status=410,
    ),
    "wrong_account_type": Problem(
        heading="This is another kind of account",
        what="The address belongs to a different calendar service from the one you chose.",
        remedy="Work and private accounts of the same maker are separate services. Nothing was linked.",
    ),
    "admin_approval_needed": Problem(
        heading="Your administrator must approve this first",
        what="Your organisation lets people link only applications that its administrator has approved.",
        remedy="Ask the administrator to approve Calendar Link Sandbox for the organisation, then try again.",
    ),
    "ews_disabled": Problem(
        heading="Exchange Web Services is switched off",
        what="Your Exchange server was found, but it does not offer Exchange Web Services (EWS) to this account.",
        remedy="Ask your administrator to enable EWS for everybody or for you, then try again.",
        link_url="https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-control-access-to-ews-in-exchange",
        link_text="Microsoft's documentation on access to EWS",
    ),
    "account_locked": Problem(
        heading="This account is locked",
        what="The provider has locked this account, so nobody can sign in with it.",
        remedy="Unlock the account at the provider, then try again.",
    ),
    "relink_unknown": Problem(
        heading="This link leads nowhere",
        what="The address to reconnect a calendar is unknown.",
        remedy="Open the newest link that you were given.",
        status=404,
    ),
    "permissions_unknown": Problem(
        heading="This request is not open",
        what="The request for more permissions is unknown or was already answered.",
        remedy="Go back to the application and start again there.",
        status=410,
    ),
}

# Refusals that the sign-in form itself explains, next to its fields.
FORM_ERRORS: dict[str, str] = {
    "unknown_address": "There is no such account.",
    "wrong_password": "The password is wrong. Every invented account here has the password “sandbox”.",
    "app_password_needed": "This is not an app-specific password. Your normal Apple ID password does not work here.",
    "autodiscovery_failed": "The server was not found by itself. Please type its address below.",
}


def form_error(code: str) -> str:
    """Return the sentence for a refusal; one that is not known says at least its code."""
    return FORM_ERRORS.get(code, f"The provider refused the sign-in ({code}).")
