"""The demonstration's people, customers and calendars, for a first look and for tests by hand."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from calendarsync.services import demo


class Command(BaseCommand):
    help = "Add the demonstration data that is missing. Logins: alice, bob, carol, admin; password: demo."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer --fresh."""
        parser.add_argument("--fresh", action="store_true", help="delete these people's items first")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do it."""
        if options["fresh"]:
            demo.forget()
        demo.load(now=timezone.now(), tell=self.stdout.write)
