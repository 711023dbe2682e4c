"""Any file in, an answer of ours out: files and forms that were made to be odd."""

import struct
from contextlib import suppress
from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults
from zipfile import ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lifecycle.config.wsgi import application
from lifecycle.people.models import User
from requests_app.files import file_types, office_documents
from requests_app.models import AccessRequest
from requests_app.refusals import Invalid
from tests.support import sample_files
from tests.support.page_client import Browser
from tests.support.soak_sizes import size

NAMES = ["a.pdf", "a.png", "a.jpg", "a.txt", "a.csv", "a.odt", "a.docx"]
SEEDS = [
    sample_files.docx(),
    sample_files.odt(),
    sample_files.packed_odt(),
    sample_files.pdf(),
    sample_files.png(),
    sample_files.PLAN,
]


def all_directory(parts: int) -> bytes:
    """A ZIP file with nothing in it but the names of its parts."""
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    content = out.getvalue()
    start = content.index(b"PK\1\2")
    entry, end = content[start : content.index(b"PK\5\6")], content[content.index(b"PK\5\6") :]
    directory = entry * parts
    counted = struct.pack("<2H2L", *[min(parts, 65_535)] * 2, len(directory), start)
    return content[:start] + directory + end[:8] + counted + end[20:]


@st.composite
def mutated(draw: Any) -> bytes:
    """A real file with some bytes written over, put in or cut off."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, len(content)))
        size = draw(st.sampled_from([0, 1, 4, 8]))
        content[place : place + size] = draw(st.binary(max_size=8))
    end = draw(st.one_of(st.none(), st.integers(0, len(content))))
    return bytes(content[:end])


@given(name=st.sampled_from(NAMES), content=st.one_of(mutated(), st.binary(max_size=200)))
@example(
    name="a.docx", content=sample_files.docx().replace(b"PK\1\2", b"PK\1\2", 1) + b"\xff" * 70_000
)
@settings(max_examples=size(100, 20_000), deadline=None)
def test_every_file_is_taken_or_refused_with_a_sentence(name: str, content: bytes) -> None:
    with suppress(Invalid):  # anything else fails
        file_types.kind_of(name, BytesIO(content))


@pytest.mark.parametrize("parts", [6_000, 100_000])
def test_archive_that_is_all_directory_is_refused_unread(parts: int) -> None:
    file = Counted(all_directory(parts))
    assert not office_documents.is_odt(file)
    assert not office_documents.is_docx(file)
    assert file.most <= office_documents.MAX_READ + 1
    assert office_documents.is_odt(BytesIO(all_directory(100)))  # it is refused for its size alone


class Counted(BytesIO):
    """Knows the most that was read of it at once."""

    most = 0

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.most = max(self.most, len(piece))
        return piece


def written_over(content: bytes, place: int, number: int, mark: bytes = b"PK\1\2") -> bytes:
    """With another number of two bytes, so far behind the first such mark."""
    start = content.index(mark) + place
    return content[:start] + struct.pack("<H", number) + content[start + 2 :]


ODD_ARCHIVES = {
    "encrypted.docx": written_over(sample_files.docx(), 8, 1),
    "encrypted.odt": written_over(sample_files.odt(), 8, 1),
    "of a later version.docx": written_over(sample_files.docx(), 6, 99),
    "with a broken stream.docx": written_over(sample_files.docx(), 49, 65_535, b"PK\3\4"),
    "with types that are no XML.docx": sample_files.docx(declared="<Types"),
    "with its directory nowhere.docx": written_over(sample_files.docx(), 18, 65_535, b"PK\5\6"),
}


@pytest.mark.parametrize("name", ODD_ARCHIVES)
def test_odd_archive_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Invalid, match="isn't a valid file of this type"):
        file_types.kind_of(name, BytesIO(ODD_ARCHIVES[name]))


def test_content_types_that_unpack_to_much_are_refused() -> None:
    bomb = sample_files.docx(declared="<!--" + "a" * 5_000_000 + "-->")
    assert len(bomb) < 20_000
    assert not office_documents.is_docx(BytesIO(bomb))


ODD_HEADERS = [
    b"form-data; name=\"file\"; filename*=nonsense''a.txt",
    b'form-data; name="file"; filename*=utf-8\'a.txt',
    b"form-data; name=\"file\"; filename*=utf-8''%ff%fe.txt",
    b'form-data; name="file"; filename=""',
    b'form-data; name="file"; filename="' + b"a" * 5000 + b'.txt"',
    b'form-data; name="file"; filename="\xff\xfe.txt"',
    b'form-data; name="file"; filename="a\x00.txt"',
    b'form-data; name="file"; filename="../../.txt"',
    b'form-data; name="file"',
    b'form-data; filename="a.txt"',
    b"attachment",
    b"",
]
ODD_TYPES = [
    "multipart/form-data; boundary=x",
    "multipart/form-data; boundary*=nonsense''x",
    "multipart/form-data; charset*=nonsense''x; boundary=x",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\xff",
    "multipart/form-data",
    "multipart/form-data; boundary",
    "text/plain; charset*=nonsense''x",
]


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["", "base64", "nonsense"])
def test_every_odd_part_of_a_form_gets_a_page(
    draft: AccessRequest, alice: User, encoding: str
) -> None:
    browser = Browser(alice)
    for header in ODD_HEADERS:
        lines = [b"--x", b"Content-Disposition: " + header]
        lines += [b"Content-Transfer-Encoding: " + encoding.encode()] if encoding else []
        body = b"\r\n".join([*lines, b"", b"A plan.", b"--x--", b""])
        kind = "multipart/form-data; boundary=x"
        sent = browser.generic("POST", f"/requests/{draft}/files/", body, kind)
        assert sent.status_code in (302, 400, 422), header


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/requests/{}/files/", "/accounts/login/", "/api/v1/models/"])
def test_every_odd_type_of_a_form_gets_an_answer(
    draft: AccessRequest, alice: User, address: str
) -> None:
    """Through the application that the server runs: Django reads the type before any of ours."""
    cookie = f"session={Browser(alice).cookies['session'].value}"
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nA\r\n--x--'
    for kind in ODD_TYPES:
        environ = {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        environ |= {"REQUEST_METHOD": "POST", "PATH_INFO": address.format(draft)}
        environ |= {"HTTP_COOKIE": cookie, "CONTENT_TYPE": kind}
        setup_testing_defaults(environ)
        started: list[str] = []
        list(application(environ, lambda status, _, told=started: told.append(status)))
        assert started[0].split()[0] in ("400", "401", "403", "405", "415"), kind
