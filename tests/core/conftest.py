"""Hypothesis without a stopwatch: how long an example takes says nothing about a pure function on a busy machine."""

from hypothesis import settings

settings.register_profile("calm", deadline=None)
settings.load_profile("calm")
