"""A picture to be drawn: a page, who looks at it, what they did to see it, and how it is drawn."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from playwright.sync_api import Page


class Rendering(NamedTuple):
    """One way to draw a page."""

    scheme: Literal["light", "dark"]
    width: int
    media: Literal["screen", "print"] = "screen"

    def __str__(self) -> str:
        return "print" if self.media == "print" else f"{self.scheme}-{self.width}"


DESK, TABLET_WIDTH, PHONE, LETTER, PAPER = 1280, 834, 390, 600, 794
PAGES = tuple(Rendering(scheme, width) for scheme in ("light", "dark") for width in (DESK, PHONE))
TABLET = (Rendering("light", TABLET_WIDTH),)
MAILS = tuple(Rendering(scheme, width) for scheme in ("light", "dark") for width in (LETTER, PHONE))
LIGHT = (Rendering("light", DESK), Rendering("light", PHONE))
PRINTED = (Rendering("light", PAPER, "print"),)

PageAction = Callable[[Page], None]


class Screenshot(NamedTuple):
    """`html` is shown in place of what the address answers; nobody signed in is who `""`."""

    name: str
    address: str
    who: str = ""
    steps: Sequence[PageAction] = ()
    looks: Sequence[Rendering] = PAGES
    locale: str = "en-GB"
    html: str = ""


# Steps ------------------------------------------------------------------------------------------


def send(button: str, **typed: str) -> PageAction:
    """Fill in fields of the page, and press a button that leads on."""

    def step(page: Page) -> None:
        for name, value in typed.items():
            page.fill(f"main [name={name}]:not([type=radio])", value)
        with page.expect_navigation():
            page.get_by_role("button", name=button, exact=True).first.click()

    return step


def unfold(page: Page) -> None:
    """Open all that is folded."""
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")


def press(selector: str) -> PageAction:
    """A button that leads on, where its words don't tell which one it is."""

    def step(page: Page) -> None:
        with page.expect_navigation():
            page.locator(selector).first.click()

    return step


def go(address: str) -> PageAction:
    return lambda page: _go(page, address)


def _go(page: Page, address: str) -> None:
    page.goto(address)


POST = """([address, fields]) => {
  const form = document.createElement("form");
  form.method = "post"; form.action = address;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("textarea");
    input.name = name; input.value = value; form.append(input);
  }
  if (!("csrfmiddlewaretoken" in fields))
    form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
  document.body.append(form);
  form.submit();
}"""


def post(address: str, **fields: str) -> PageAction:
    """Send what no form of the page would."""

    def step(page: Page) -> None:
        with page.expect_navigation():
            page.evaluate(POST, [address, fields])

    return step
