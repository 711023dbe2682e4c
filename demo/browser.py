"""A browser without a screen: reads forms and links from pages, and sends forms back filled in."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin

import httpx

from demo.expecting import UnexpectedResult
from demo.plain_http import plain_client


class Button(NamedTuple):
    """What sends a form."""

    name: str
    value: str
    disabled: bool


@dataclass
class Form:
    """A form as its page filled it in. `offered` are all its fields, filled in or not."""

    action: str
    values: dict[str, list[str]] = field(default_factory=dict)
    offered: set[str] = field(default_factory=set)
    buttons: list[Button] = field(default_factory=list)

    def filled(self, button: str, **fields: str) -> dict[str, list[str]]:
        """What a browser sends when somebody fills in `fields` and presses the button.

        A button is named NAME or NAME=VALUE; without a name it is the first.
        """
        for name in fields:
            if name not in self.offered:
                raise UnexpectedResult(f"The form for {self.action} has no field {name}.")
        pressed = next(
            (b for b in self.buttons if button in ("", b.name, f"{b.name}={b.value}")), None
        )
        if pressed is None or pressed.disabled:
            raise UnexpectedResult(f"The form for {self.action} has no button {button} to press.")
        sent = {**self.values, **{name: [value] for name, value in fields.items()}}
        return {**sent, pressed.name: [pressed.value]} if pressed.name else sent


class _Reader(HTMLParser):
    """Collects the forms and links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._text_of = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "form":
            self._form = Form(given.get("action", ""))
            self.forms.append(self._form)
        elif self._form:
            self._read_control(self._form, tag, given)

    def _read_control(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "button" or (tag == "input" and given.get("type") == "submit"):
            form.buttons.append(Button(name, value, "disabled" in given))
        elif tag == "option" and self._select:
            if "selected" in given or self._select not in form.values:
                form.values[self._select] = [value]
        elif name and "disabled" not in given:
            self._read_field(form, tag, name, given)

    def _read_field(self, form: Form, tag: str, name: str, given: dict[str, str]) -> None:
        form.offered.add(name)
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self._text_of = name
            form.values[name] = [""]
        elif given.get("type") == "checkbox":
            ticked = [given.get("value", "on")] if "checked" in given else []
            form.values[name] = [*form.values.get(name, []), *ticked]
        elif given.get("type") != "radio" or "checked" in given:
            form.values[name] = [given.get("value", "")]

    def handle_data(self, data: str) -> None:
        if self._form and self._text_of:
            self._form.values[self._text_of][0] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._text_of = ""
        elif tag == "select":
            self._select = ""


class BrowserPage:
    """An answer of the site, read."""

    def __init__(self, response: httpx.Response) -> None:
        self.address = str(response.url)
        self.text = response.text
        reader = _Reader()
        reader.feed(response.text)
        self.forms, self.links = reader.forms, reader.links

    def form(self, part: str) -> Form:
        """The form that has a field `part`, or whose address ends so."""
        for form in self.forms:
            if part in form.offered or form.action.endswith(part):
                return form
        raise UnexpectedResult(f"{self.address} has no form for {part}.")

    def link(self, part: str) -> str:
        """The first link that contains `part`; empty when there is none."""
        return next((urljoin(self.address, link) for link in self.links if part in link), "")


class Browser:
    """One person's browser, with its cookies."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.client = plain_client(base_url=site, follow_redirects=True, timeout=30)

    def open(self, address: str) -> BrowserPage:
        return self._page(self.client.get(address))

    def send(self, page: BrowserPage, part: str, *, button: str = "", **fields: str) -> BrowserPage:
        """Fill in and send the form that `part` names, with the hidden fields that it has."""
        form = page.form(part)
        address = urljoin(page.address, form.action)
        headers = {"Origin": self.site, "Referer": page.address}
        return self._page(
            self.client.post(address, data=form.filled(button, **fields), headers=headers)
        )

    @staticmethod
    def _page(response: httpx.Response) -> BrowserPage:
        if response.status_code != 200:
            raise UnexpectedResult(f"{response.url} answered {response.status_code}.")
        return BrowserPage(response)
