"""`python -m translating`: bring the catalogues up to date; `--check` fails when they are not."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifecycle.config.settings")
django.setup()

from translating import catalogues  # noqa: E402  # it reads the settings


def main(*, check: bool) -> int:
    """0, or with `check` 1 when something is to do, which is printed either way."""
    found = []
    for language in catalogues.translated():
        if not check:
            catalogues.write(language)
        found += [f"{language}: {problem}" for problem in catalogues.problems(language)]
    for line in found:
        print(line)
    if found:
        print(f"{len(found)} to do in locale/. See docs/translating.md")
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main(check="--check" in sys.argv[1:]))
