"""Parsing of a catalogue file; a bad one is refused whole, with each problem's line and field."""

from typing import Any

from pydantic import PrivateAttr, ValidationError
from pydantic_core import ErrorDetails

from lifecycle.catalogue.file_format import json_positions
from lifecycle.catalogue.file_format.checks import Finding, problems_of
from lifecycle.catalogue.file_format.entries import CatalogueFile
from lifecycle.catalogue.file_format.json_positions import BrokenJSON, Located, Path, written
from lifecycle.catalogue.file_format.values import quoted

_SENTENCES = {
    "missing": "is missing; add it",
    "extra_forbidden": "isn't a field of the file; correct its name or remove it",
    "model_type": "must be an object in braces",
    "dict_type": "must be an object in braces",
}


class BadFile(Exception):
    """A refused file; each problem names line and field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ParsedFile(CatalogueFile):
    """A file that knows where in its text everything stands."""

    _name: str = PrivateAttr()
    _located: Located = PrivateAttr()

    def refuse_for(self, findings: list[Finding]) -> None:
        """Raise BadFile if there are findings, such as what contradicts the records."""
        _refuse_for(findings, self._name, self._located)


def parse(text: str, name: str) -> ParsedFile:
    """Parse and validate a file. Raises BadFile.

    Fields are compared with each other only once each is valid by itself.
    """
    try:
        located = json_positions.read(text)
    except BrokenJSON as error:
        raise BadFile([f"{name}:{error}"]) from None
    findings: list[Finding] = [(path, "appears twice; keep one") for path in located.repeated]
    file = None
    try:
        file = ParsedFile.model_validate(located.data)
    except ValidationError as errors:
        findings += [_finding(error, located) for error in errors.errors(include_url=False)]
    if file:
        findings += problems_of(file)
    _refuse_for(findings, name, located)
    assert file  # or it has findings
    file._name, file._located = name, located
    return file


def _refuse_for(findings: list[Finding], name: str, located: Located) -> None:
    if findings:
        findings = sorted(findings, key=lambda finding: located.line(finding[0]))
        raise BadFile([_problem(name, located, *finding) for finding in findings])


def _finding(error: ErrorDetails, located: Located) -> Finding:
    """Map an error of Pydantic to its place in the text, whose path has no steps of Pydantic's."""
    path: Path = ()
    for part in error["loc"]:
        if (*path, part) in located.starts:
            path = (*path, part)
    if error["type"] == "missing":
        path = (*path, error["loc"][-1])
    return path, _sentence(error)


def _sentence(error: ErrorDetails) -> str:
    if error["type"] == "catalogue":
        return error["msg"]
    message = error["msg"].removeprefix("Input ").removeprefix("should ")
    told = _SENTENCES.get(error["type"])
    return told or f"should {message}, not {quoted(error['input'])}"


def _problem(name: str, located: Located, path: Path, sentence: str) -> str:
    return f"{name}:{located.line(path)}: {_place(path, located.data)}: {sentence}"


def _place(path: Path, data: Any) -> str:
    """Return a place like `models[11] (claude-3-haiku-20240307).retirements[0].retires`."""
    identifier = None
    if path[:1] == ("models",) and len(path) > 1:
        entry = data["models"][path[1]]
        identifier = entry.get("identifier") if isinstance(entry, dict) else None
    named = isinstance(identifier, str) and len(identifier) <= 100 and identifier.isprintable()
    model = f" ({identifier})" if named else ""
    return (written(path[:2]) + model + written(path[2:])).removeprefix(".") or "the file"
