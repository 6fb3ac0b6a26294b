"""Argon2id with parameters for a server where many people sign in at once: RFC 9106 §4, OWASP's first choice.

Django's defaults take 100 MiB for every hash; twenty phones that reconnect after a power cut would take 2
GiB.
"""

from __future__ import annotations

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """19 MiB, two passes, one lane."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
