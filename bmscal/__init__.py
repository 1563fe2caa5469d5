"""The Django project. The Celery application is loaded with it, so that `shared_task` finds it in every process."""

from bmscal.celery import app as celery_app

__all__ = ["celery_app"]
