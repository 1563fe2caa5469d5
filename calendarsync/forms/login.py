"""The log-in form in the look of the product."""

from __future__ import annotations

from django.contrib.auth.forms import AuthenticationForm

from calendarsync.forms.base import StyledMixin


class LoginForm(StyledMixin, AuthenticationForm):
    """User name and password, both known to password managers."""
