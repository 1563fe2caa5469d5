"""The admin site: every model can be looked at, history cannot be changed, secrets are not shown."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from calendarsync.models import Integration, Outcome, PushJob, SyncRun
from calendarsync.models.sync_runs import Direction, Phase, Result, Trigger
from tests.factories import NOW, IntegrationFactory, TicketFactory, UserFactory, make_item

MODELS = [model for model in apps.get_app_config("calendarsync").get_models() if model._meta.model_name != "assignment"]


@pytest.fixture
def support(client: Client, db: None) -> Client:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.fixture
def something() -> Integration:
    """One row of most models."""
    integration = IntegrationFactory()
    item = make_item(integration.user)
    PushJob.objects.create(integration=integration, item=item, owed_since=NOW, due_at=NOW)
    run = SyncRun.objects.create(
        integration=integration, trigger=Trigger.LIVE, direction=Direction.SEND, phase=Phase.READING, asked_at=NOW
    )
    Outcome.objects.create(
        run=run, item=item, direction=Direction.SEND, result=Result.CREATED, subject="<i>x</i>", at=NOW
    )
    TicketFactory()
    return integration


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_every_model_is_listed_and_searched(support: Client, something: Integration, model: type):
    url = f"/admin/calendarsync/{model._meta.model_name}/"
    assert admin.site.is_registered(model)
    assert support.get(url, {"q": "something"}).status_code == 200
    assert b"<i>x</i>" not in support.get(url).content


@pytest.mark.parametrize("name", ["grant", "integration", "syncrun", "outcome", "pushjob", "calendaritem"])
def test_what_the_sync_writes_can_only_be_looked_at(support: Client, something: Integration, name: str):
    row = apps.get_model("calendarsync", name).objects.get()
    url = f"/admin/calendarsync/{name}/{row.pk}/change/"
    assert support.get(url).status_code == 200
    assert support.post(url, {}).status_code == 403
    assert support.get(f"/admin/calendarsync/{name}/add/").status_code == 403
    assert support.post(f"/admin/calendarsync/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_secrets_are_on_no_page(support: Client, something: Integration):
    grant = something.grant
    grant.access_token, grant.refresh_token = "very-secret-access", "very-secret-refresh"
    grant.save()
    for url in (f"grant/{grant.pk}/change/", "grant/", f"integration/{something.pk}/change/", "integration/"):
        page = support.get(f"/admin/calendarsync/{url}").content.decode()
        assert "very-secret" not in page
        assert something.hook_token not in page


def test_support_can_switch_an_integration_off(support: Client, something: Integration):
    support.post("/admin/calendarsync/integration/", {"action": "switch_off", "_selected_action": [something.pk]})
    something.refresh_from_db()
    assert not something.is_active


def test_nobody_else_comes_in(client: Client, db: None):
    client.force_login(UserFactory())
    assert client.get("/admin/calendarsync/grant/").status_code == 302
