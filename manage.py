#!/usr/bin/env python
"""Django's command line; with nothing configured it brings its own PostgreSQL and Valkey."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
    from django.core.management import execute_from_command_line

    from lifecycle.config import env

    env.ensure_services()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
