"""Days in words are those of the active language, whatever was asked before."""

from datetime import date

import pytest
from django.utils.translation import override

from lifecycle.text import dates


@pytest.mark.parametrize("languages", [("en-gb", "de"), ("de", "en-gb")])
def test_day_is_written_in_the_active_language(languages: tuple[str, str]) -> None:
    written = {"en-gb": "4 March 2026", "de": "4. März 2026"}
    for language in (*languages, *languages):
        with override(language):
            assert dates.in_words(date(2026, 3, 4)) == written[language]
