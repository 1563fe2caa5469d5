"""Settings for mypy and `manage.py` checks: the project's own, startable without any environment or server."""

import os

from devtools.environment import NO_SERVER, TEST_VALUES

for _name, _value in {**TEST_VALUES, **NO_SERVER}.items():
    os.environ.setdefault(_name, _value)

from bmscal.settings import *  # noqa: E402, F403 - the environment must stand first; all settings are wanted
from bmscal.settings import INSTALLED_APPS as _PROJECT_APPS  # noqa: E402

# The sandbox is a project of its own; for its models' types the checker must know of it as well.
INSTALLED_APPS = [*_PROJECT_APPS, "cronofy_sandbox"]
