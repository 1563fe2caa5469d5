"""The application's addresses: one list for each part of the product, joined at the end."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import URLPattern, URLResolver, path
from django.views.generic import RedirectView

from calendarsync.forms.login import LoginForm
from calendarsync.views import calendar, health, items

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

calendar_sync: list[URLPattern | URLResolver] = []

machines: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]

urlpatterns = [*people, *my_calendar, *calendar_sync, *machines]
