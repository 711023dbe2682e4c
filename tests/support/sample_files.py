"""Real files of every kind that can be attached, and of some that can't."""

import base64
import struct
import zlib
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.people.models import User
from requests_app.actions.requests import files
from requests_app.models import AccessRequest, Attachment

JPEG = base64.b64decode(  # one white pixel, drawn by Chromium
    "/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AAB"
    "AAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAA"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFla"
    "AAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAA"
    "AChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1"
    "AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBh"
    "cmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAc"
    "AEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDAP//////////////////////////////////////"
    "////////////////////////////////////////////////2wBDAf//////////////////////////////////"
    "////////////////////////////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAA"
    "AAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAA"
    "AAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAA/9k="
)
PLAN = "Study plan: compare refusals, “before” and after.\n".encode()


def pdf(line: str = "Study plan") -> bytes:
    """One page with one line."""
    shown = f"BT /F1 24 Tf 72 720 Td ({line}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >> "
        b">> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
    ]
    text, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, start=1):
        places.append(len(text))
        text += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(text)
    return text + b"xref\n0 5\n0000000000 65535 f \n" + table + end


def png() -> bytes:
    """One grey pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


def zipped(members: dict[str, str], how: int = ZIP_STORED) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", how) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return out.getvalue()


def odt(says: str = "text", more: str = "meta.xml") -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{says}"
    return zipped({"mimetype": mimetype, "content.xml": "<x/>", more: "<x/>"})


def packed_odt() -> bytes:
    """Its first member is compressed, and can't be unpacked."""
    packed = zipped({"mimetype": "application/vnd.oasis.opendocument.text"}, ZIP_DEFLATED)
    return packed.replace(zlib.compress(b"application", wbits=-15)[:3], b"\xff\xff\xff", 1)


def docx(*more: str, main: str = "word/document.xml", declared: str = "") -> bytes:
    """As Word writes it; `declared` is said in its content types before all else."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    types = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>{declared}'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/{main}" ContentType="{word}"/></Types>'
    )
    parts = {"[Content_Types].xml": types, main: "<x/>"} | dict.fromkeys(more, "<x/>")
    return zipped(parts, ZIP_DEFLATED)


def upload(name: str, content: bytes) -> files.Upload:
    sent = SimpleUploadedFile(name, content)
    return files.Upload(name, BytesIO(content), sent.chunks())


def attached(
    row: AccessRequest, by: User, name: str = "plan.txt", text: bytes = PLAN
) -> Attachment:
    return files.attach(row, upload(name, text), by=by)
