"""How a page is used: by pointing and typing, or by the keyboard alone."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page

MAX_STOPS = 250
# What has the focus, and whether that can be seen.
FOCUS = """wanted => {
  const here = document.activeElement, style = getComputedStyle(here);
  return {
    there: here === wanted,
    seen: here === document.body || here.matches("main")
      || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1),
    what: here.outerHTML.slice(0, 150),
  };
}"""


class Hands:
    """Somebody with a mouse and a keyboard. `look` is called with each new page."""

    def __init__(self, page: Page, look: Callable[[Page], None]) -> None:
        self.page = page
        self.look = look

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.look(self.page)

    def button(self, name: str) -> None:
        self._follow(self.page.get_by_role("button", name=name, exact=True))

    def link(self, name: str) -> None:
        self._follow(self.page.get_by_role("link", name=name, exact=True).first)

    def follow(self, selector: str) -> None:
        """A link or button that has no name of its own."""
        self._follow(self.page.locator(selector).first)

    def unfold(self, name: str) -> None:
        summary = self.page.locator("summary", has_text=name).first
        self.press(summary)
        self.look(self.page)

    def _follow(self, target: Locator) -> None:
        with self.page.expect_navigation():
            self.press(target)
        self.look(self.page)

    def press(self, target: Locator) -> None:
        target.click()

    def fill(self, name: str, text: str) -> None:
        self.page.locator(f"main [name={name}]").fill(text)

    def tick(self, name: str, value: str = "") -> None:
        self._choice(name, value).check()

    def _choice(self, name: str, value: str) -> Locator:
        exactly = f"[value='{value}']" if value else ""
        return self.page.locator(f"main input[name={name}]{exactly}")


class KeysAlone(Hands):
    """Somebody with only a keyboard. Wherever the focus goes, it has to be seen."""

    def press(self, target: Locator) -> None:
        self.go_to(target)
        self.page.keyboard.press("Enter")

    def fill(self, name: str, text: str) -> None:
        self.go_to(self.page.locator(f"main [name={name}]"))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, name: str, value: str = "") -> None:
        target = self._choice(name, value)
        if target.get_attribute("type") != "radio":
            self.go_to(target)
            if not target.is_checked():
                self.page.keyboard.press("Space")
            return
        group = self.page.locator(f"main input[name={name}]")
        checked = group.and_(self.page.locator(":checked"))
        self.go_to(checked if checked.count() else group.first)
        self.page.keyboard.press("Space")
        while not target.is_checked():
            self.page.keyboard.press("ArrowDown")

    def go_to(self, target: Locator) -> None:
        """Forward, and from the end of the page to its beginning again."""
        wanted = target.element_handle()
        for _ in range(MAX_STOPS):
            at = self.page.evaluate(FOCUS, wanted)
            assert at["seen"], f"{self.page.url}: the focus isn't seen on {at['what']}"
            if at["there"]:
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: Tab never comes to {target}")
