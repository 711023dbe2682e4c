"""More keys for the database that DATABASE_URL names: `python -m bench.fill NUMBER FILE`.

FILE gets up to 50,000 of them in full, a line each.
"""

import sys
from pathlib import Path

import django

if __name__ == "__main__":
    django.setup()
    from bench import data

    number, file = sys.argv[1:]
    Path(file).write_text("\n".join(data.fill(int(number))))
