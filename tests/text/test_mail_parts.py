"""The text part of an email says what its HTML part says."""

import pytest

from lifecycle.text import mail_parts

MAIL = """<!DOCTYPE html>
<html><head>
  <title>
    Approved:
    Claude &amp; more
  </title>
  <style>p { color: red }</style>
</head><body><table><tr><td>
  <p>Hello <b>Alice</b>,</p>
  %s
</td></tr></table></body></html>"""


def text_of(inside: str) -> str:
    return mail_parts.read(MAIL % inside).text


def test_the_subject_is_the_title_in_one_line() -> None:
    assert mail_parts.read(MAIL % "").subject == "Approved: Claude & more"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One\n    sentence.</p>", "One sentence."),
        ("<p>a &lt;b&gt; &amp; c</p>", "a <b> & c"),
        ("<p>one<br>\n two</p>", "one\ntwo"),
        ("<p>one</p><p></p><p>two</p>", "one\n\ntwo"),
        ("<ul>\n<li>one</li>\n<li>two\n</li></ul><p>three</p>", "- one\n- two\n\nthree"),
        ('<p>\n<a href="/a?b=1&amp;c=2">\nGo on</a></p>', "Go on: /a?b=1&c=2"),
        (
            "<p>In a shell:</p><pre>curl \\\n  -d '{\n  &quot;a&quot;: 1}'</pre><p>Done.</p>",
            "In a shell:\n\ncurl \\\n  -d '{\n  \"a\": 1}'\n\nDone.",
        ),
        ('<p>See <a href="https://x/">here</a>.</p>', "See here (https://x/)."),
        ('<p><a href="https://x/">https://x/</a></p>', "https://x/"),
    ],
)
def test_the_text_has_no_markup_and_whole_addresses(html: str, text: str) -> None:
    assert text_of(html) == f"Hello Alice,\n\n{text}\n"


def test_a_long_address_stays_in_one_line() -> None:
    address = "https://emeritus.example/" + "a" * 200
    assert f"Open: {address}\n" in text_of(f'<p><a href="{address}">Open</a></p>')
