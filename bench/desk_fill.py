"""A desk for the database that DATABASE_URL names: `python -m bench.desk_fill FIRST LAST`.

A process of its own, so that the one that is measured is as one that only serves.
"""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from bench import desk_data

    first, last = map(int, sys.argv[1:])
    if not first:
        desk_data.begin()
    desk_data.fill(first, last, 0.1 if not first else 1)
