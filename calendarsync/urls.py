"""The application's addresses: one list for each part of the product, joined at the end."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from calendarsync.forms.login import LoginForm
from calendarsync.views import calendar, connect, health, integrations, items, logs, status, webhooks, wizard

people: list[URLPattern | URLResolver] = [
    path("login/", LoginView.as_view(authentication_form=LoginForm, redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
]

my_calendar: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="calendar"), name="home"),
    path("home/calendar/", calendar.page, name="calendar"),
    path("home/calendar/feed/", calendar.feed, name="calendar-feed"),
    path("home/calendar/agenda/", calendar.agenda, name="agenda"),
    path("home/calendar/items/new/<slug:kind>/", items.add, name="item-add"),
    path("home/calendar/items/<int:item_id>/", items.edit, name="item"),
    path("home/calendar/items/<int:item_id>/move/", items.move, name="item-move"),
    path("home/calendar/items/<int:item_id>/done/", items.done, name="item-done"),
    path("home/calendar/items/<int:item_id>/delete/", items.delete, name="item-delete"),
    path("home/calendar/items/<int:item_id>/restore/", items.restore, name="item-restore"),
]

calendar_sync: list[URLPattern | URLResolver] = [
    path("home/calendar-sync/", integrations.page, name="integrations"),
    path("home/calendar-sync/connect/", connect.start, name="connect"),
    path("home/calendar-sync/<int:integration_id>/reconnect/", connect.start, name="reconnect"),
    path("oauth/cronofy/callback/", connect.callback, name="connect-callback"),
    path("home/calendar-sync/<int:integration_id>/row/", integrations.row, name="integration-row"),
    path("home/calendar-sync/<int:integration_id>/active/", integrations.active, name="integration-active"),
    path("home/calendar-sync/<int:integration_id>/delete/", integrations.delete, name="integration-delete"),
    path("home/calendar-sync/<int:integration_id>/sync/", integrations.sync_now, name="integration-sync"),
    path("home/calendar-sync/<int:integration_id>/retry/", integrations.retry_failed, name="integration-retry"),
    path("home/calendar-sync/<int:integration_id>/status/", status.page, name="status"),
    path("home/calendar-sync/<int:integration_id>/settings/", wizard.enter, name="wizard"),
    path("home/calendar-sync/<int:integration_id>/settings/refresh/", wizard.refresh, name="wizard-refresh"),
    path("home/calendar-sync/<int:integration_id>/settings/discard/", wizard.discard, name="wizard-discard"),
    path("home/calendar-sync/<int:integration_id>/settings/days/<slug:group>/", wizard.days, name="wizard-days"),
    path("home/calendar-sync/<int:integration_id>/settings/<slug:key>/", wizard.step, name="wizard-step"),
    path("home/calendar-sync/logs/", logs.page, name="logs"),
    path("home/calendar-sync/runs/<int:run_id>/", logs.detail, name="run"),
    path("home/calendar-sync/runs/<int:run_id>/export.<slug:form>", logs.export, name="run-export"),
    path("home/calendar-sync/runs/<int:run_id>/cancel/", logs.cancel, name="run-cancel"),
]

machines: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("hooks/cronofy/<str:token>/", webhooks.cronofy, name="cronofy-hook"),
]

urlpatterns = [*people, *my_calendar, *calendar_sync, *machines]
