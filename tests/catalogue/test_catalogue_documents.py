"""The description of catalogue files: its example loads, and it names every field."""

import json
import re

import pytest
from pydantic import BaseModel

from lifecycle.catalogue import catalogue_file, loading
from lifecycle.catalogue.file_format import entries as file_entries
from lifecycle.config.env import ROOT

TEXT = (ROOT / "lifecycle" / "catalogue" / "data" / "README.md").read_text()
ENTRIES = [entry for entry in vars(file_entries).values()
           if isinstance(entry, type) and issubclass(entry, file_entries.Entry)]  # fmt: skip


def test_example_loads(db: None) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    report = loading.load(catalogue_file.parse(example, "catalogue.md"))
    assert report.added == [json.loads(example)["models"][0]["identifier"]]


@pytest.mark.parametrize("entry", ENTRIES)
def test_every_field_is_named(entry: type[BaseModel]) -> None:
    names = {field.alias or name for name, field in entry.model_fields.items()} - {"about"}
    assert [name for name in names if f"`{name}`" not in TEXT] == []
