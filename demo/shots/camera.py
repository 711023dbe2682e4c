"""Opens each page in a real Chromium, as the person who looks at it, and draws it."""

import base64
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from demo.shots.scene import DESK, Rendering, Screenshot
from lifecycle.config import env

HEIGHT = 900
BROWSERS = 2
SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
TO_WEBP = """async png => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width; canvas.height = image.height;
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.82).split(",")[1];
}"""


class Camera:
    """Draws into `folder`; what went wrong is told at once, and counted."""

    def __init__(self, browser: Browser, folder: Path, passwords: Mapping[str, str]) -> None:
        self.browser, self.folder, self.passwords = browser, folder, passwords
        self.failed = 0

    def draw(self, scenes: Sequence[Screenshot]) -> None:
        """In one window."""
        with self._window(scenes[0].who, scenes[0].locale) as page:
            for scene in scenes:
                self._draw(page, scene)

    @contextmanager
    def _window(self, who: str, locale: str) -> Iterator[Page]:
        site = env.site_url()
        context = self.browser.new_context(base_url=site, locale=locale, timezone_id="UTC")
        context.set_default_timeout(15_000)
        page = context.new_page()
        if who:
            page.goto("/accounts/login/")
            page.fill("[name=login]", f"{who}@example.org")
            page.fill("[name=password]", self.passwords[who])
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda address: "/login/" not in address)
        yield page
        context.close()

    def _draw(self, page: Page, scene: Screenshot) -> None:
        try:
            self.open(page, scene)
            for look in scene.looks:
                self._take(page, scene, look)
        except Error as error:
            self.failed += 1
            print(f"{scene.name} could not be drawn: {error.message.splitlines()[0]}")
        else:
            print(scene.name)

    def open(self, page: Page, scene: Screenshot) -> None:
        """Some pages ask for the password once more."""
        page.emulate_media(color_scheme="light", media="screen")
        page.set_viewport_size({"width": DESK, "height": HEIGHT})
        if scene.html:
            page.route(
                f"**{scene.address}",
                lambda route: route.fulfill(body=scene.html, content_type="text/html"),
            )
        page.goto(scene.address)
        if "/reauthenticate/" in page.url and "/reauthenticate/" not in scene.address:
            page.fill("main [name=password]", self.passwords[scene.who])
            with page.expect_navigation():
                page.press("main [name=password]", "Enter")
        for step in scene.steps:
            step(page)

    def _take(self, page: Page, scene: Screenshot, look: Rendering) -> None:
        page.emulate_media(color_scheme=look.scheme, media=look.media)
        page.set_viewport_size({"width": look.width, "height": HEIGHT})
        path = self.folder / f"{scene.name}-{look}.png"
        page.screenshot(path=path, full_page=True, animations="disabled")
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if wide > 0:
            print(f"{scene.name} is {wide} px wider than {look.width} px")

    def draw_small(self, scenes: Iterable[Screenshot]) -> None:
        """For the README: light, on a desk, the first screenful, as WebP by the browser itself."""
        for scene in scenes:
            with self._window(scene.who, scene.locale) as page:
                self.open(page, scene)
                png = page.screenshot(animations="disabled")
                webp = page.context.new_page().evaluate(TO_WEBP, base64.b64encode(png).decode())
                (self.folder / f"{scene.name}.webp").write_bytes(base64.b64decode(webp))


def draw(scenes: Iterable[Screenshot], folder: Path, passwords: Mapping[str, str]) -> int:
    """By as many browsers as there are likely to be cores; how many scenes could not be drawn."""
    windows = iter(_windows(scenes))  # both take the next one from it

    def some(_number: int) -> int:
        with chromium() as browser:
            camera = Camera(browser, folder, passwords)
            for window in windows:
                camera.draw(window)
            return camera.failed

    with ThreadPoolExecutor() as pool:
        return sum(pool.map(some, range(BROWSERS)))


def _windows(scenes: Iterable[Screenshot]) -> list[list[Screenshot]]:
    """Those of one person in one language share a window; strangers each have their own."""
    found: dict[tuple[str, ...], list[Screenshot]] = {}
    for scene in scenes:
        its = (scene.who, scene.locale, "" if scene.who else scene.name)
        found.setdefault(its, []).append(scene)
    return sorted(found.values(), key=len, reverse=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=list(SWITCHES))
        yield browser
        browser.close()
