#!/usr/bin/env python
"""Django's command line; with nothing configured it brings its own PostgreSQL and Valkey."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
    from django.core.management import execute_from_command_line
    from django.db.backends.signals import connection_created
    from environs import EnvError

    from lifecycle.config import env

    connection_created.connect(tell_servers_once)
    try:
        env.ensure_services()
        execute_from_command_line(sys.argv)
    except (env.ConfigurationError, EnvError) as error:
        sys.exit(f"problem  settings: {error}")


def tell_servers_once(**_: object) -> None:
    """Of commands that use the database, and only of those."""
    from django.db.backends.signals import connection_created

    from lifecycle.config import env

    connection_created.disconnect(tell_servers_once)
    env.tell_servers()


if __name__ == "__main__":
    main()
