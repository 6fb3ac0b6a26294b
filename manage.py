#!/usr/bin/env python
"""Run a command of the mail service: `manage.py up` starts everything."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Flags become environment, then Django does the rest; what is missing is said in a sentence."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the very thing this sentence is for
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.partition(' ')[0]}.")
    from mailcore.supervisor import flags

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webmail.settings")
    try:
        arguments, environment = flags.split(sys.argv)
        os.environ.update(environment)
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line

        try:
            execute_from_command_line(arguments)
        except ImproperlyConfigured as problem:
            sys.exit(f"A setting is wrong: {problem}")
    except flags.FlagError as problem:
        sys.exit(str(problem))
    except ModuleNotFoundError as problem:
        missing = problem.name or ""
        if missing.partition(".")[0] in ("mailcore", "webmail"):
            raise
        sys.exit(
            f"The Python package {missing!r} is not installed.\n"
            f"  {sys.executable} -m pip install -r requirements.txt"
        )


if __name__ == "__main__":
    main()
