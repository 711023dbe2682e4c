"""A register for the database that DATABASE_URL names: `python -m bench.register_fill FIRST LAST`.

A process of its own, so that the one that is measured is as one that only serves.
"""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from bench import data, register_data
    from lifecycle.catalogue.models import Source

    first, last = map(int, sys.argv[1:])
    if not first:
        data.make()
        register_data.providers()
        register_data.sources()
    register_data.fill(first, last, register_data.labs(), list(Source.objects.order_by("pk")))
