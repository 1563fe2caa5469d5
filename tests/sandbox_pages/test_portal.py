"""The portal as people walk through it, from the application and back to it."""

import pytest
import requests

from tests.sandbox_pages.visitor import CALLBACK, Visitor
from tests.sandbox_process import CLIENT_ID, CLIENT_SECRET, SandboxProcess

FIVE = ["iCloud", "Google", "Office 365", "Exchange (on-premise)", "Outlook.com"]
LINK_BUTTONS = {
    "iCloud": "Continue",
    "Google": "Link Google account",
    "Office 365": "Link Office 365 account",
    "Outlook.com": "Link Outlook.com account",
}
DOMAINS = dict(zip(FIVE, ["icloud", "google", "office365", "exchange", "outlook"], strict=True))
WITH_CONSENT = {"Google", "Office 365", "Outlook.com"}


def reach_sign_in(visitor: Visitor, service: str) -> None:
    """Go from the choice of a service to its first page that asks who one is."""
    visitor.press(service)
    if service in LINK_BUTTONS:
        visitor.press(LINK_BUTTONS[service], agree="on")


def reach_permission(visitor: Visitor, service: str) -> None:
    reach_sign_in(visitor, service)
    visitor.press("Use demo account")
    if service in WITH_CONSENT:
        visitor.press("Continue")


def test_the_five_services_are_offered_in_the_order_of_the_guide(visitor: Visitor) -> None:
    visitor.authorize()
    assert visitor.buttons == [*FIVE, "Cancel"]
    assert "not verified" in visitor.text


@pytest.mark.parametrize("service", FIVE)
def test_a_demo_account_of_each_service_comes_back_with_a_code(visitor: Visitor, service: str) -> None:
    visitor.authorize()
    reach_permission(visitor, service)
    visitor.press("Allow")
    assert visitor.answer["state"] == "s-1"
    assert visitor.redeem()["linking_profile"]["profile_name"] == f"alice@{DOMAINS[service]}.test"


@pytest.mark.parametrize("service", ["Office 365", "Outlook.com"])
def test_a_typed_address_and_password_sign_in(visitor: Visitor, service: str) -> None:
    visitor.authorize()
    reach_sign_in(visitor, service)
    visitor.press("Next", email=f"dana@{DOMAINS[service]}.test")
    visitor.press("Next", password="sandbox")
    visitor.press("Continue")
    visitor.press("Allow")
    assert visitor.redeem()["linking_profile"]["profile_name"] == f"dana@{DOMAINS[service]}.test"


@pytest.mark.parametrize("service", ["iCloud", "Exchange (on-premise)"])
def test_the_portals_own_form_signs_in(visitor: Visitor, service: str) -> None:
    visitor.authorize()
    reach_sign_in(visitor, service)
    visitor.press(f"Link {service} account", email=f"dana@{DOMAINS[service]}.test", password="sandbox")
    visitor.press("Allow")
    assert visitor.redeem()["linking_profile"]["profile_name"] == f"dana@{DOMAINS[service]}.test"


def test_the_account_chooser_leads_to_the_password_or_to_another_address(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Google")
    visitor.press("b bob@google.test")
    assert visitor.heading == "Enter your password"
    visitor.authorize()
    reach_sign_in(visitor, "Google")
    visitor.press("Use another account")
    assert visitor.heading == "Sign in to Google"


def test_icloud_takes_the_password_its_help_page_hands_out(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("iCloud")
    visitor.follow("How to make an app-specific password")
    assert "sand-boxx-demo-pass" in visitor.text
    visitor.follow("Back to the sign-in")
    visitor.press("Continue")
    visitor.press("Link iCloud account", email="dana@icloud.test", password="sand-boxx-demo-pass")
    assert "Allow" in visitor.buttons


def test_icloud_refuses_a_normal_password_and_says_why(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "iCloud")
    visitor.press("Link iCloud account", email="dana@icloud.test", password="my-normal-one")
    assert visitor.status == 422
    assert "not an app-specific password" in visitor.text


def test_a_wrong_password_makes_nobody(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Exchange (on-premise)")
    visitor.press("Link Exchange (on-premise) account", email="dana@exchange.test", password="guess")
    assert "The password is wrong" in visitor.text
    assert visitor.sandbox.control("GET", "accounts") == {"accounts": []}


@pytest.mark.parametrize("address", ["dana@gmail.com", "not an address", ""])
def test_addresses_outside_the_demo_domains_are_refused(visitor: Visitor, address: str) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Office 365")
    visitor.press("Next", email=address)
    assert visitor.status == 422
    assert visitor.heading == "Sign in to Office 365"


def test_the_terms_must_be_ticked(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("Google")
    visitor.press("Link Google account")
    assert "Please tick this" in visitor.text


def test_leaving_out_the_calendar_permission_links_nothing(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Google")
    visitor.press("Use demo account")
    visitor.press("Continue", calendars=None)
    assert "no calendar can be linked" in visitor.text


def test_do_not_allow_goes_back_with_access_denied(visitor: Visitor) -> None:
    visitor.authorize()
    reach_permission(visitor, "Google")
    visitor.press("Do not allow")
    assert visitor.answer == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize("pages_first", ["", "Google", "Outlook.com"])
def test_cancel_goes_back_with_access_denied(visitor: Visitor, pages_first: str) -> None:
    visitor.authorize()
    if pages_first:
        visitor.press(pages_first)
    visitor.press("Cancel")
    assert visitor.answer == {"error": "access_denied", "state": "s-1"}


@pytest.mark.parametrize(
    ("params", "heading"),
    [
        ({"client_id": "nobody"}, "Unknown application"),
        ({"client_id": ""}, "Unknown application"),
        ({"redirect_uri": "javascript:alert(1)"}, "The way back is not allowed"),
        ({"redirect_uri": ""}, "The way back is not allowed"),
    ],
    ids=["unknown client", "no client", "script as redirect", "no redirect"],
)
def test_unsafe_requests_get_an_error_page_and_never_a_redirect(
    visitor: Visitor, params: dict[str, str], heading: str
) -> None:
    visitor.authorize(**params)
    assert (visitor.status, visitor.heading, visitor.left_for) == (400, heading, "")


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": "read_minds"}, "invalid_scope"),
        ({"link_token": "unknown"}, "invalid_request"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_other_faulty_requests_go_back_with_their_error(visitor: Visitor, params: dict[str, str], error: str) -> None:
    visitor.authorize(**params)
    assert visitor.answer == {"error": error, "state": "s-1"}


def test_a_provider_name_skips_the_choice(visitor: Visitor) -> None:
    visitor.authorize(provider_name="live_connect", locale="de")
    assert visitor.heading == "Link your Outlook.com calendar"


def test_an_unknown_provider_name_leaves_the_choice(visitor: Visitor) -> None:
    visitor.authorize(provider_name="carrier-pigeon")
    assert visitor.heading == "Choose your calendar service"


def test_the_demo_account_can_be_chosen_by_the_address(visitor: Visitor) -> None:
    visitor.authorize(email="carol@exchange.test")
    reach_permission(visitor, "Exchange (on-premise)")
    assert "carol@exchange.test" in visitor.text


def test_exchange_asks_for_the_server_after_it_was_not_found(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("Exchange (on-premise)")
    form = {"email": "manual@exchange.test", "password": "sandbox"}
    visitor.press("Link Exchange (on-premise) account", **form)
    assert "The server was not found by itself" in visitor.text
    server = "https://mail.exchange.test/EWS/Exchange.asmx"
    visitor.press("Link Exchange (on-premise) account", **form, server_url=server, user_name="OFFICE\\dana")
    assert "Allow" in visitor.buttons


def test_exchange_without_ews_says_what_the_administrator_must_do(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("Exchange (on-premise)")
    visitor.press("Link Exchange (on-premise) account", email="no-ews@exchange.test", password="sandbox")
    assert visitor.heading == "Exchange Web Services is switched off"
    assert visitor.page.links["Microsoft's documentation on access to EWS"].startswith("https://learn.microsoft.com/")


def test_the_wrong_kind_of_account_is_one_click_from_the_right_one(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Office 365")
    visitor.press("Next", email="dana@outlook.test")
    assert visitor.heading == "This is another kind of account"
    visitor.press("Use Outlook.com instead")
    assert visitor.heading == "Link your Outlook.com calendar"


def test_a_company_may_want_its_administrators_approval(visitor: Visitor) -> None:
    visitor.authorize()
    reach_sign_in(visitor, "Office 365")
    visitor.press("Next", email="admin-approval@office365.test")
    visitor.press("Next", password="sandbox")
    assert visitor.heading == "Your administrator must approve this first"
    visitor.press("Cancel")
    assert visitor.answer["error"] == "access_denied"


def test_a_refusal_set_by_the_tester_is_shown(visitor: Visitor) -> None:
    visitor.sandbox.fault("sign_in_refused", params={"code": "account_locked"}, count=1)
    visitor.authorize()
    reach_sign_in(visitor, "Google")
    visitor.press("Use demo account")
    assert visitor.heading == "This account is locked"


def test_steps_cannot_be_skipped(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("Google")
    start = visitor.url
    for name in ("permission", "consent", "password"):
        visitor.open(start.replace("/link/", f"/{name}/"))
        assert visitor.url == start


def test_an_unknown_step_is_not_found(visitor: Visitor) -> None:
    visitor.authorize()
    visitor.press("Google")
    visitor.open(visitor.url.replace("/link/", "/nowhere/"))
    assert visitor.status == 404


def test_a_finished_walk_cannot_be_used_again(visitor: Visitor) -> None:
    visitor.authorize()
    reach_permission(visitor, "Google")
    permission = visitor.url
    visitor.press("Allow")
    visitor.open(permission)
    assert (visitor.status, visitor.heading) == (410, "This request has expired")


def test_a_ticket_is_worthless_in_another_browser(visitor: Visitor) -> None:
    visitor.authorize()
    other = Visitor(visitor.sandbox)
    other.open(visitor.url)
    assert other.heading == "This request has expired"


def test_two_walks_in_one_browser_do_not_mix(visitor: Visitor) -> None:
    visitor.authorize(state="first")
    first = visitor.url
    visitor.authorize(state="second")
    visitor.open(first)
    visitor.press("Cancel")
    assert visitor.answer["state"] == "first"


def test_avoid_linking_keeps_two_logins_of_one_browser_apart(visitor: Visitor) -> None:
    assert _link(visitor, "Google") != _link(visitor, "iCloud")


def test_without_it_a_second_login_joins_the_account_of_the_first(visitor: Visitor) -> None:
    first = _link(visitor, "Google")
    assert _link(visitor, "iCloud", avoid_linking="") == first


def test_a_link_token_names_the_account_to_join(visitor: Visitor, sandbox: SandboxProcess) -> None:
    account = sandbox.account("google", "erin@google.test")
    bearer = {"Authorization": f"Bearer {sandbox.tokens(account)['access_token']}"}
    token = requests.post(f"{sandbox.url}/v1/link_tokens", json={}, headers=bearer, timeout=10).json()["link_token"]
    assert _link(visitor, "iCloud", link_token=token) == account["account_id"]


def _link(visitor: Visitor, service: str, **params: str) -> str:
    """Walk through with the demo account; return the account's id."""
    visitor.authorize(**params)
    reach_permission(visitor, service)
    visitor.press("Allow")
    account_id: str = visitor.redeem()["account_id"]
    return account_id


def test_the_code_works_once(visitor: Visitor) -> None:
    visitor.authorize()
    reach_permission(visitor, "Google")
    visitor.press("Allow")
    assert "access_token" in visitor.redeem()
    assert visitor.redeem()["error"] == "invalid_grant"


def test_the_permission_page_names_what_was_asked_for(visitor: Visitor) -> None:
    visitor.authorize(scope="read_events create_calendar")
    reach_permission(visitor, "Google")
    assert "Create new calendars" in visitor.text
    assert "Delete the events it manages" not in visitor.text


def test_every_page_carries_the_ribbon_and_a_strict_policy(visitor: Visitor) -> None:
    for path in ("/", "/calendar/", "/oauth/authorize", "/relink/unknown", "/permissions/unknown"):
        visitor.open(path)
        assert "SANDBOX — no real accounts" in visitor.text
        assert "unsafe" not in visitor.headers["Content-Security-Policy"]


def test_a_form_without_its_token_is_refused(visitor: Visitor) -> None:
    visitor.authorize()
    answer = visitor.session.post(visitor.url, data={"service": "google"}, timeout=10)
    assert answer.status_code == 403


def test_broken_link_is_mended_by_signing_in_again(visitor: Visitor) -> None:
    profile = visitor.sandbox.account()["profiles"][0]
    visitor.sandbox.control("POST", f"profiles/{profile['profile_id']}/disconnect", {})
    visitor.open(profile["relink_path"])
    visitor.press("Reconnect", password="guess")
    assert "The password is wrong" in visitor.text
    visitor.press("Reconnect", password="sandbox")
    assert visitor.heading == "This calendar is connected"


@pytest.mark.parametrize(
    ("button", "level", "error"), [("Allow", "unrestricted", ""), ("Do not allow", "sandbox", "access_denied")]
)
def test_more_permissions_are_given_only_when_allowed(visitor: Visitor, button: str, level: str, error: str) -> None:
    sandbox = visitor.sandbox
    account = sandbox.account()
    calendar = account["profiles"][0]["calendars"][0]["calendar_id"]
    visitor.open(_ask_for_more(sandbox, account, calendar))
    visitor.press(button)
    assert visitor.answer.get("error", "") == error
    after = sandbox.control("GET", f"accounts/{account['account_id']}")["profiles"][0]["calendars"][0]
    assert after["permission_level"] == level


def _ask_for_more(sandbox: SandboxProcess, account: dict[str, str], calendar: str) -> str:
    """Ask as the application does; return the address for the user."""
    bearer = {"Authorization": f"Bearer {sandbox.tokens(account)['access_token']}"}
    wish = {"permissions": [{"calendar_id": calendar, "permission_level": "unrestricted"}], "redirect_uri": CALLBACK}
    answer = requests.post(f"{sandbox.url}/v1/permissions", json=wish, headers=bearer, timeout=10)
    url: str = answer.json()["permissions_request"]["url"]
    return url


def test_the_default_application_is_the_documented_one(visitor: Visitor) -> None:
    visitor.open("/")
    assert CLIENT_ID in visitor.text
    assert CLIENT_SECRET in visitor.text
