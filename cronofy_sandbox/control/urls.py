"""Addresses of the control API."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
