"""The Celery application and the schedule of beat. The schedule is code: reviewed, and no rows that can drift."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bmscal.settings")

app = Celery("bmscal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    # Finds what a lost message or a lost notification left behind; so its period bounds how late that can be.
    "sweep": {"task": "calendarsync.sweep", "schedule": 10.0, "options": {"expires": 10}},
    # Mailboxes that Cronofy had lost: nothing tells us when they are back.
    "recheck": {"task": "calendarsync.recheck", "schedule": 300.0, "options": {"expires": 300}},
    # Notices, drafts and deleted integrations past their time.
    "tidy": {"task": "calendarsync.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
}
