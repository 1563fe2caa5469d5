"""Addresses of the wire protocol."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
