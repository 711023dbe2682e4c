"""CSV files, streamed, in UTF-8 and with cells that no spreadsheet runs."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

# Where English is not the language of a spreadsheet, it may also cut cells at semicolons.
FORMULA = re.compile(r"(^|[;\t\r\n])(?=\s*[-=+@＝＋－＠]|[\t\r\n])")


class _Echo:
    """A file for csv.writer that returns each line instead of storing it."""

    def write(self, line: str) -> str:
        return line


def lines(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the header and a line for each row."""
    write = csv.writer(_Echo()).writerow
    yield write(columns)
    for row in rows:
        yield write(_harmless(row))


def download(
    name: str, columns: Sequence[str], rows: Iterable[Iterable[object]]
) -> StreamingHttpResponse:
    """Return the file under this name, which no cache keeps."""
    return StreamingHttpResponse(
        lines(columns, rows),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
        },
    )


def _harmless(cells: Iterable[object]) -> list[str]:
    """Escape a cell that a spreadsheet would run as a formula (OWASP, CSV injection)."""
    texts = ("" if cell is None else str(cell) for cell in cells)
    return [FORMULA.sub(r"\1'", text) for text in texts]
