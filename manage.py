#!/usr/bin/env python3
"""Run a management command of SalesAgent."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salesagent.settings")
    if sys.argv[1:2] == ["demo"]:
        from salesagent.demo import environment

        environment.prepare(environment.port_of(sys.argv))
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"SalesAgent cannot start. {error}")


if __name__ == "__main__":
    main()
