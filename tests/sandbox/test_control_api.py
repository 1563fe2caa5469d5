"""The control API against its own OpenAPI document: whatever is sent, it answers, and never with a 5xx."""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.sandbox.client import Client
from tests.sandbox_process import ROOT, SandboxProcess

EXAMPLES = 12
# A fuzzed clock or fault is meant to disturb: the other operations are tried without.
SKIPPED = {"/_sandbox/clock", "/_sandbox/faults"}


def send(sandbox: SandboxProcess, case: Any) -> requests.Response:
    """Send one generated case."""
    answer: requests.Response = case.call(base_url=sandbox.url, timeout=30)
    return answer


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_fuzz_finds_no_server_error(app: Client) -> None:
    schema = schemathesis.openapi.from_url(f"{app.sandbox.url}/_sandbox/openapi.json")
    known = {
        "account_id": app.account["account_id"],
        "profile_id": app.profile,
        "calendar_id": app.calendar,
        "uid": app.user_adds()["event_uid"],
        "client_id": "sandbox-client",
    }
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in SKIPPED and operation.method.upper() == "POST":
            continue
        tried += 1
        _try(app.sandbox, operation, known)
    assert tried > 30


def _try(sandbox: SandboxProcess, operation: Any, known: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def never_fails(case: Any) -> None:
        living = {name: known.get(name, value) for name, value in (case.path_parameters or {}).items()}
        for parameters in (case.path_parameters, living):
            case.path_parameters = parameters
            answer = send(sandbox, case)
            assert answer.status_code < 500, f"{case.as_curl_command()}\n{answer.text[:500]}"

    never_fails()


def test_the_document_names_every_operation_once(sandbox: SandboxProcess) -> None:
    document = sandbox.control("GET", "openapi.json")
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids)) > 35
    assert all(operation["summary"] for path in document["paths"].values() for operation in path.values())


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("accounts", {"service": "yahoo", "email": "a@google.test"}, "service"),
        ("accounts", {"service": "google", "email": "a@google.test", "zone": "Mars/Base"}, "zone"),
        ("accounts", {"service": "google", "email": "a@google.test", "surplus": 1}, "body"),
        ("faults", {"kind": "nonsense"}, "kind"),
        ("faults", {"kind": "status", "params": {"status": 200}}, "params.status"),
        ("clock", {}, "now"),
        ("clock", {"now": "teatime"}, "now"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(sandbox: SandboxProcess, path: str, body: Any, field: str) -> None:
    assert field in sandbox.control("POST", path, body, status=422)["errors"]


def test_unknown_things_are_not_found(sandbox: SandboxProcess) -> None:
    for method, path in (
        ("GET", "accounts/acc_x"),
        ("PATCH", "events/evt_x"),
        ("DELETE", "faults/99"),
        ("GET", "nothing"),
    ):
        answer = requests.request(method, f"{sandbox.url}/_sandbox/{path}", json={}, timeout=10)
        assert answer.status_code == 404
    assert requests.put(f"{sandbox.url}/_sandbox/health", timeout=10).headers["Allow"] == "GET"


def test_malformed_json_is_refused(sandbox: SandboxProcess) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/accounts", data=b"{", timeout=10)
    assert answer.status_code == 422


def test_a_person_is_made_once_and_forgotten_wholly(app: Client, sandbox: SandboxProcess) -> None:
    app.upsert("a-1")
    assert sandbox.account()["account_id"] == app.account["account_id"]
    sandbox.control("DELETE", f"accounts/{app.account['account_id']}")
    assert sandbox.control("GET", "accounts")["accounts"] == []
    assert sandbox.control("GET", "counts")["managed_events"] == 0
    assert app.raw("GET", "/v1/account").status_code == 401


def test_declining_at_the_portal_goes_back_with_access_denied(sandbox: SandboxProcess) -> None:
    url = "?response_type=code&client_id=sandbox-client&redirect_uri=https://x.example/cb&scope=read_events&state=s"
    visit = {"url": url, "service": "google", "email": "alice@google.test", "allow": False}
    location = sandbox.control("POST", "authorize", visit)["location"]
    assert location == "https://x.example/cb?error=access_denied&state=s"


@pytest.mark.parametrize(
    ("service", "email", "password", "code"),
    [
        ("google", "alice@google.test", "wrong", "wrong_password"),
        ("google", "alice@example.com", "sandbox", "unknown_address"),
        ("apple", "alice@icloud.test", "my-usual-password", "app_password_needed"),
        ("office365", "alice@outlook.test", "sandbox", "wrong_account_type"),
        ("office365", "admin-approval@office365.test", "sandbox", "admin_approval_needed"),
        ("exchange", "no-ews@exchange.test", "sandbox", "ews_disabled"),
        ("exchange", "manual@exchange.test", "sandbox", "autodiscovery_failed"),
    ],
)
def test_sign_ins_fail_for_known_reasons(
    sandbox: SandboxProcess, service: str, email: str, password: str, code: str
) -> None:
    url = "?response_type=code&client_id=sandbox-client&redirect_uri=https://x.example/cb&scope=read_events"
    visit = {"url": url, "service": service, "email": email, "password": password}
    answer = sandbox.control("POST", "authorize", visit, status=422)
    assert answer["errors"]["email"][0]["key"] == f"errors.{code}"


def test_the_manual_names_every_operation_and_fault(sandbox: SandboxProcess) -> None:
    manual = (ROOT / "docs" / "sandbox.md").read_text()
    document = sandbox.control("GET", "openapi.json")
    for path, operations in document["paths"].items():
        for method in operations:
            assert f"`{method.upper()} {path.removeprefix('/_sandbox')}`" in manual
    for kind in sandbox.control("GET", "faults")["kinds"]:
        assert f"`{kind}`" in manual
