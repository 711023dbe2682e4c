"""Catalogues of translated sentences: gathered from code and templates, checked, compiled.

In Python, with Babel, so that it runs where GNU gettext isn't installed. See docs/translating.md.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

from lifecycle.config.env import ROOT

SOURCE_FOLDERS = ("lifecycle", "requests_app", "templates")
ONLY_IN_ENGLISH = ("requests_app/admin", "requests_app/management", "templates/admin")
LAZY = ("gettext", "ngettext", "pgettext", "npgettext")
KEYWORDS = dict.fromkeys(["_", "gettext_noop", *LAZY, *(f"{name}_lazy" for name in LAZY)])
PLURALS = ("ngettext", "ngettext_lazy", "npgettext", "npgettext_lazy")
CONTEXTS = ("pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy")


def translated() -> list[str]:
    """The languages that have a catalogue: all but the one that the code is written in."""
    return [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def po_file(language: str) -> Path:
    return ROOT / "locale" / to_locale(language) / "LC_MESSAGES" / "django.po"


def gathered(language: str) -> Catalog:
    """Every sentence that is marked, with the files that say it and no translation."""
    catalogue = Catalog(locale=to_locale(language))
    for path in _sources():
        name = str(path.relative_to(ROOT))
        for context, message in _messages(path):
            catalogue.add(message, context=context, locations=[(name, 1)])
    return catalogue


def _sources() -> Iterator[Path]:
    for place in SOURCE_FOLDERS:
        for path in sorted((ROOT / place).rglob("*")):
            name = str(path.relative_to(ROOT))
            if path.suffix in (".py", ".html", ".txt") and not name.startswith(ONLY_IN_ENGLISH):
                yield path


def _messages(path: Path) -> Iterator[tuple[str | None, str | tuple[str, ...]]]:
    source = path.read_text()
    if path.suffix != ".py":  # lines begin with nothing, lest they look like Python's blocks
        source = "\n".join(line.lstrip() for line in templatize(source, path.name).splitlines())
    found = extract_python(BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for _line, function, arguments, _comments in found:
        words = _words(arguments)
        context = words.pop(0) if function in CONTEXTS else None
        if words:
            yield context, tuple(words[:2]) if function in PLURALS else words[0]


def _words(arguments: Any) -> list[str]:
    """Babel gives one sentence, or a tuple of all arguments with None for what is no text."""
    return [word for word in (arguments if isinstance(arguments, tuple) else (arguments,)) if word]


def kept(language: str) -> Catalog:
    """The catalogue as it is committed."""
    with po_file(language).open("rb") as file:
        return read_po(file, locale=to_locale(language))


def write(language: str) -> None:
    """Bring in what is new, leave out what is gone, and compile."""
    path, new = po_file(language), gathered(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue = kept(language) if path.exists() else Catalog(locale=to_locale(language))
    catalogue.update(new, no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as file:
        write_po(
            file, catalogue, width=98, ignore_obsolete=True, sort_by_file=True, include_lineno=False
        )
    path.with_suffix(".mo").write_bytes(compiled(kept(language)))


def compiled(catalogue: Catalog) -> bytes:
    out = BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def problems(language: str) -> Iterator[str]:
    """What keeps a language from being complete, a sentence each."""
    catalogue, new = kept(language), gathered(language)
    for message in new:
        if message.id and _found(catalogue, message) is None:
            yield f"It isn't in the catalogue: {message.id!r}"
    for message in catalogue:
        if message.id:
            yield from _problems(catalogue, new, message)
    if po_file(language).with_suffix(".mo").read_bytes() != compiled(catalogue):
        yield "The .mo file isn't what the .po file says."


def _problems(catalogue: Catalog, new: Catalog, message: Message) -> Iterator[str]:
    if _found(new, message) is None:
        yield f"Nothing says it any more: {message.id!r}"
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    if message.fuzzy or not all(strings):
        yield f"It isn't translated: {message.id!r}"
    for error in message.check(catalogue):
        yield f"{error}: {message.id!r}"


def _found(catalogue: Catalog, message: Message) -> Message | None:
    return catalogue.get(message.id, message.context)
