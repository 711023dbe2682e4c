"""The catalogue file that the project comes with, as tests load it."""

import json

from lifecycle.catalogue import catalogue_file
from lifecycle.catalogue.loading import LoadReport
from requests_app.actions.catalogue import file_loading
from requests_app.management.commands.load_catalogue import SHIPPED

TEXT = SHIPPED.read_text()
DATA = json.loads(TEXT)


def load() -> LoadReport:
    return file_loading.load(catalogue_file.parse(TEXT, "models.json"))
