"""The ASGI application that `manage.py web` serves."""

from __future__ import annotations

import gc
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmail.settings")
django.setup()

from webmail.pages import Application  # noqa: E402 - settings first

# A thread that renders gives way to the loop after this long (CPython's default: 5 ms).
sys.setswitchinterval(0.001)
application = Application()
# What was imported lives for ever: the collector need not look at it again.
gc.collect()
gc.freeze()
