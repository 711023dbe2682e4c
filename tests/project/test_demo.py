"""The demo: everything it starts works together, and nothing of it is left over."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import pytest

from demo.browser import Browser, BrowserPage
from lifecycle.config.env import ROOT
from tests.support.soak_sizes import size
from tests.support.worker_processes import wait_until

pytestmark = pytest.mark.stack

MODEL = "claude-3-opus-20240229"
SECONDS = 600  # for a start on an empty folder and the walk, however busy the machine is


class Demo:
    """Runs of the demo on one folder, whose name is found in whatever still runs for it."""

    def __init__(self, folder: Path) -> None:
        self.var = folder / "demo-var"
        self.output = folder / "said"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        return self._run(size("tests.support.short_demo", "demo"), *arguments, **more)

    def visit(self) -> None:
        assert self._run("tests.support.visitor").wait(SECONDS) == 0, self.said()

    def _run(self, module: str, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={
                    "PATH": os.environ["PATH"],
                    "EMERITUS_ENV_FILE": os.devnull,
                    "EMERITUS_VAR": str(self.var),
                    **more,
                },
                stdout=out,
                stderr=out,
            )
        return self.process

    def run_once(self, **more: str) -> int:
        return self.start("--once", **more).wait(SECONDS)

    def said(self) -> str:
        return self.output.read_text()

    def left_over(self) -> list[int]:
        """Processes that mention the folder in their command or environment."""
        pids = [path for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [int(path.name) for path in pids if str(self.var).encode() in mentions(path)]

    def hosts(self) -> set[str]:
        """The addresses on which its processes listen."""
        ours = {name for pid in self.left_over() for name in files_of(pid)}
        lines = [line.split() for kind in ("tcp", "tcp6") for line in lines_of(kind)]
        listening = [
            line[1] for line in lines if line[3] == LISTENS and f"socket:[{line[9]}]" in ours
        ]
        return {address_of(each) for each in listening}

    def wait_until_gone(self) -> None:
        wait_until(lambda: not self.left_over(), seconds=60, what="the demo's processes to end")


LISTENS = "0A"  # in /proc/net/tcp, see proc_net_tcp(5)


def lines_of(kind: str) -> list[str]:
    return Path(f"/proc/net/{kind}").read_text().splitlines()[1:]


def files_of(pid: int) -> Iterator[str]:
    """What is open there; a process may end, or close a file, while it is looked at."""
    with suppress(OSError):
        for fd in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                yield os.readlink(fd)


def address_of(place: str) -> str:
    """The kernel writes each four bytes as one number, in its own order of bytes."""
    numbers = bytes.fromhex(place.partition(":")[0])
    parts = [numbers[start : start + 4][::-1] for start in range(0, len(numbers), 4)]
    return str(ip_address(b"".join(parts)))


def mentions(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    except OSError:  # it ended, or it is somebody else's
        return b""


class Run(NamedTuple):
    """One that was stopped, as it was just before, and how it ended."""

    said: str
    processes: int
    hosts: set[str]
    status: int


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, Run]]:
    """The first, on an empty folder; what it leaves there the other tests start on."""
    folder = tmp_path_factory.mktemp("demo")
    demo = Demo(folder)
    with ended(demo):
        for _ in range(size(0, 1)):  # and then once more, on what the first walk left
            assert demo.run_once() == 0, demo.said()
            demo.wait_until_gone()
        run = stopped(demo, signal.SIGKILL, after="Ctrl-C stops everything", look=look_around)
    yield demo, run
    shutil.rmtree(folder)


@pytest.fixture
def demo(walked: tuple[Demo, Run]) -> Iterator[Demo]:
    with ended(walked[0]) as demo:
        yield demo


@pytest.fixture
def used(demo: Demo) -> Demo:
    """On data that people have used."""
    demo.visit()
    return demo


@contextmanager
def ended(demo: Demo) -> Iterator[Demo]:
    """Nothing of it is left over after."""
    try:
        yield demo
    finally:
        if demo.process:
            demo.process.kill()
            demo.process.wait()
    demo.wait_until_gone()


def started(demo: Demo, *, until: str) -> subprocess.Popen[bytes]:
    running = demo.start()
    wait_until(
        lambda: until in demo.said() or running.poll() is not None,
        seconds=SECONDS,
        what="the demo to be up",
    )
    return running


def stopped(
    demo: Demo, number: int, *, after: str, look: Callable[[Browser], None] | None = None
) -> Run:
    running = started(demo, until=after)
    if look:
        look(site_of(demo))
    processes, hosts = len(demo.left_over()), demo.hosts()
    running.send_signal(number)
    status = running.wait(120)
    return Run(demo.said(), processes, hosts, status)


def assert_all_ran(run: Run, *, status: int) -> None:
    assert run.processes > 6, run.said
    assert run.hosts == {"127.0.0.1"}
    assert run.status == status


def test_walks_to_its_end_and_leaves_nothing_running_though_killed(
    walked: tuple[Demo, Run],
) -> None:
    demo, run = walked
    assert_all_ran(run, status=-signal.SIGKILL)
    assert "FAILED" not in run.said
    assert not demo.left_over()


def test_leaves_nothing_running_when_it_is_stopped_or_one_dies(demo: Demo) -> None:
    for number in (signal.SIGINT, signal.SIGTERM)[: size(0, 2)]:
        assert_all_ran(stopped(demo, number, after="Everything is up"), status=0)
        demo.wait_until_gone()
    # One that can't start: it is named, and the others are stopped.
    assert demo.run_once(GRANIAN_WORKERS="many") == 1
    assert "web ended by itself" in demo.said()
    assert "workers" in demo.said()


@pytest.mark.soak
def test_stays_up_when_its_walk_fails(used: Demo) -> None:
    """People used it: one chose German and has a draft, two others ask what the walk can't tell."""
    running = started(used, until="Ctrl-C stops everything")
    said = used.said()
    assert re.search(r"ok .* she starts a draft with the model", said), said
    assert "The policy asks questions of its own" in said
    assert "The walk failed, at “she fills in its other parts, page by page”" in said
    site = site_of(used)
    assert has_a_draft(site, "iris")
    look_around(site)
    running.send_signal(signal.SIGINT)
    assert running.wait(120) == 0
    used.wait_until_gone()
    for _ in range(size(0, 1)):
        assert used.run_once() == 1
        assert "Emeritus is running" not in used.said()


def test_says_which_port_it_takes_instead() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        held = other.getsockname()[1]
        choose = f"from demo.environment import port_for; port_for('PORT', '', {held})"
        told = subprocess.check_output([sys.executable, "-c", choose], cwd=ROOT, text=True)
    assert re.fullmatch(rf"Port {held} is taken, so PORT is \d+\.\n", told)


def site_of(demo: Demo) -> Browser:
    return Browser(found(r"Site +(\S+)/", demo.said()))


def look_around(site: Browser) -> None:
    """Whoever runs it sees it as anybody, and everybody's mails."""
    with site.client:
        assert anybody_can_be_looked_at(site) > 10
        assert_mails_can_be_read(site)


def has_a_draft(site: Browser, who: str) -> bool:
    sign_in(site, who)
    return bool(site.open(f"/models/{MODEL}/").link("/requests/req_"))


def sign_in(site: Browser, who: str) -> BrowserPage:
    return site.send(site.open("/demo/"), "/demo/sign-in/", button=f"who={who}")


def anybody_can_be_looked_at(site: Browser) -> int:
    """How many people there are; each begins on a page of theirs."""
    people = site.open("/demo/").form("/demo/sign-in/").buttons
    for button in people:
        page = sign_in(site, button.value)
        assert page.link("/demo/")
        assert "/accounts/" not in page.address
    return len(people)


def assert_mails_can_be_read(site: Browser) -> None:
    """From the list to the mail, and as whom it was sent to."""
    found_there = site.open("/demo/mail/?to=noor@example.org")
    mail = site.open(found_there.link("/demo/mail/2"))
    assert site.open(f"{mail.address}html/").link("/access/grant_") in mail.text
    after = site.send(mail, "/demo/sign-in/", button="who=noor")
    assert after.address == mail.address
    assert "you are Noor Haddad" in after.text


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, text
    return match.group(1)


def test_refuses_what_is_no_port(demo: Demo) -> None:
    assert demo.run_once(PORT="1234567") == 1
    assert "PORT must be a port number" in demo.said()
