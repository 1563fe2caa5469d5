"""The admin site: for support to look things up. History is read-only, and secrets are never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from calendarsync.models import (
    Account,
    Assignment,
    CalendarItem,
    Grant,
    Integration,
    Link,
    Notice,
    Outcome,
    PushJob,
    RemoteCalendar,
    SyncRun,
    Ticket,
    User,
)
from calendarsync.services import integrations

if TYPE_CHECKING:
    # Generic for the type checker alone: Django's own classes take no parameters at run time.
    _ModelAdmin = admin.ModelAdmin[Any]
    _TabularInline = admin.TabularInline[Assignment, CalendarItem]
    _UserAdmin = UserAdmin[User]
else:
    _ModelAdmin, _TabularInline, _UserAdmin = admin.ModelAdmin, admin.TabularInline, UserAdmin

admin.site.site_header = "BMS administration"
admin.site.site_title = "BMS administration"
admin.site.index_title = "Data"


class ReadOnlyAdmin(_ModelAdmin):
    """Rows that only the sync writes: to be looked at."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Nobody adds history by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Nobody rewrites history either."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """What is past its time goes by itself."""
        return False


class HiddenSecretsAdmin(ReadOnlyAdmin):
    """Read-only, without the tokens in `secret_fields`."""

    secret_fields: tuple[str, ...] = ()

    def get_fields(self, _request: HttpRequest, _obj: Model | None = None) -> Any:
        """Return every column but the secret ones."""
        return [field.name for field in self.opts.fields if field.name not in self.secret_fields]


# --- People and customers -------------------------------------------------------------------------------------------
@admin.register(User)
class PersonAdmin(_UserAdmin):
    """People, with their time zone."""

    list_display = ("username", "email", "first_name", "last_name", "time_zone", "is_staff")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Calendar", {"fields": ("time_zone",)}))


@admin.register(Account)
class AccountAdmin(_ModelAdmin):
    """Customers."""

    list_display = ("name", "address")
    search_fields = ("name", "address")


@admin.register(Ticket)
class TicketAdmin(_ModelAdmin):
    """Customers' requests."""

    list_display = ("number", "subject", "account", "priority", "closed_at")
    list_filter = ("priority", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("=number", "subject", "account__name")
    autocomplete_fields = ("account",)


# --- Items ----------------------------------------------------------------------------------------------------------
class AssignmentInline(_TabularInline):
    """In whose calendars the item stands."""

    model = Assignment
    extra = 0
    can_delete = False

    def has_add_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Assigning is done on the pages, where a push is owed with it."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Model | None = None) -> bool:
        """Likewise."""
        return False


@admin.register(CalendarItem)
class CalendarItemAdmin(ReadOnlyAdmin):
    """Entries of My Calendar. Changed on the pages alone: a change made here would owe no push."""

    list_display = ("subject", "kind", "owner", "starts_at", "starts_on", "status", "rev", "deleted_at")
    list_filter = ("kind", "status", ("deleted_at", admin.EmptyFieldListFilter))
    search_fields = ("subject", "=uuid", "owner__username", "account__name")
    list_select_related = ("owner",)
    date_hierarchy = "created_at"
    inlines = (AssignmentInline,)


# --- Connected calendars --------------------------------------------------------------------------------------------
@admin.register(Grant)
class GrantAdmin(HiddenSecretsAdmin):
    """Accounts that people allowed us to use; the tokens stay hidden."""

    secret_fields = ("access_token", "refresh_token")
    list_display = ("email", "user", "provider_label", "granted_at", "refreshed_at", "lost_at", "profile_lost_at")
    list_filter = ("provider_service", ("lost_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "user__username", "=account_id")
    list_select_related = ("user",)


@admin.register(RemoteCalendar)
class RemoteCalendarAdmin(ReadOnlyAdmin):
    """Calendars on offer, as last read."""

    list_display = ("name", "grant", "is_primary", "is_readonly", "is_deleted", "is_unrestricted", "read_at")
    list_filter = ("is_readonly", "is_deleted", "is_primary")
    search_fields = ("name", "=calendar_id", "grant__email")
    list_select_related = ("grant",)


@admin.register(Integration)
class IntegrationAdmin(HiddenSecretsAdmin):
    """Connected calendars, with what ails them. The unguessable part of the callback address stays hidden."""

    secret_fields = ("hook_token",)
    list_display = (
        "calendar_name", "user", "grant", "is_active", "connected", "problem", "last_synced_at", "last_checked_at",
    )  # fmt: skip
    list_filter = (
        "is_active",
        "problem",
        "grant__provider_service",
        ("grant__lost_at", admin.EmptyFieldListFilter),
        ("deleted_at", admin.EmptyFieldListFilter),
        ("finished_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("calendar_name", "user__username", "grant__email", "=calendar_id")
    list_select_related = ("user", "grant")
    actions = ("switch_off",)

    @admin.display(boolean=True)
    def connected(self, integration: Integration) -> bool:
        """Show the status of the link with Cronofy."""
        return integration.is_connected

    @admin.action(description="Switch Active off", permissions=["view"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Integration]) -> None:
        """Stop syncing, as the person's own switch does."""
        if not request.user.is_superuser:
            self.message_user(request, "Only a superuser may switch integrations off.", messages.ERROR)
            return
        for integration in chosen:
            integrations.set_active(integration=integration, is_active=False, now=timezone.now())
        self.message_user(request, "Switched off. The person can switch Active on again.", messages.SUCCESS)


# --- What the sync remembers and tells ------------------------------------------------------------------------------
@admin.register(Link)
class LinkAdmin(ReadOnlyAdmin):
    """Items paired with events."""

    list_display = ("item", "integration", "origin", "state", "pushed_rev", "last_synced_at")
    list_filter = ("state", "origin")
    search_fields = ("item__subject", "=event_id", "=event_uid", "integration__calendar_name")
    list_select_related = ("item", "integration__user")


@admin.register(PushJob)
class PushJobAdmin(ReadOnlyAdmin):
    """What is owed to linked calendars, and what was given up."""

    list_display = ("item", "integration", "owed_since", "due_at", "failures", "gave_up_at", "reason")
    list_filter = (("gave_up_at", admin.EmptyFieldListFilter), "is_bulk")
    search_fields = ("item__subject", "integration__calendar_name")
    list_select_related = ("item", "integration__user")


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    """The log."""

    list_display = (
        "id", "integration", "trigger", "direction", "phase", "asked_at", "ended_at", "created", "updated", "deleted",
        "skipped", "failed",
    )  # fmt: skip
    list_filter = ("trigger", "direction", "phase")
    search_fields = ("=id", "integration__calendar_name", "integration__user__username", "error")
    list_select_related = ("integration__user",)
    date_hierarchy = "asked_at"


@admin.register(Outcome)
class OutcomeAdmin(ReadOnlyAdmin):
    """What became of each item."""

    list_display = ("at", "result", "rule", "direction", "subject", "reason", "run_id")
    list_filter = ("result", "direction", "rule")
    search_fields = ("=run__id", "subject", "=event_id")
    show_full_result_count = False


@admin.register(Notice)
class NoticeAdmin(ReadOnlyAdmin):
    """Notifications received."""

    list_display = ("received_at", "kind", "integration", "channel_id", "changes_since")
    list_filter = ("kind",)
    search_fields = ("=channel_id", "integration__calendar_name")
    list_select_related = ("integration__user",)
    show_full_result_count = False
