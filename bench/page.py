"""docs/performance.md: the figures of a run, and what they say."""

import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import page_tables, targets
from bench.table import Rounds, chart, median_of, ratio, table
from bench.targets import API_KEY, DJANGO, DJANGO_BARE, LIMITED, OK, SAME

BASE = DJANGO
HOW = """# Performance

## The gateway check

Measured {day} on {cores} cores of {kind}, Python {python}, with `make bench`. It starts everything itself and needs wrk, and for the rows behind nginx
also nginx with libnginx-mod-http-set-misc. Rounds: {rounds}, each with {seconds} s per row, one row after the other. Every server has one worker, all
on one core; wrk has the other core, with 8 connections. PostgreSQL and Valkey run beside them. Calls per second, p50, p99 and CPU are medians over the
rounds. “× Django ok” is the median of the ratios to Django in the same round. CPU is what the servers used, nginx and the check behind it together.

“{base}” is a view that returns `HttpResponse("ok")` in a project with the middleware of `startproject`, served by granian over WSGI, the fastest way
we found. The peers live in the same project and are called as their documentation says. Both are also measured without any middleware.

![Calls per second, as multiples of a Django view that answers ok](performance.svg)

"""

AIMS = """### Results

| goal | measured |
|---|---|
| the check with full scope and a limit per minute: at least 5 × {base} | {django:.1f} × |
| at least 20 × {api_key} | {api_key_times:.1f} × |
| p99 under 5 ms at 8 connections | {p99:.2f} ms |
| the same within 10 % with {number:,} keys as with 2 | {many:+.1f} % |
"""
AIM_NGINX = "| behind nginx, cached for up to 1 s: at least 12 × {base} | {cached:.1f} × |\n"

SAYS = """
**Compared with Django without middleware**, the check answers {bare:.1f} × as many calls as “{django_bare}” and {api_key_bare:.1f} × as many as the API-key package.

**Where the time goes.** One call with a limit takes {check:.1f} µs of the server's core. uvicorn alone takes {ok:.1f} µs to answer “ok”, of which
{kernel:.1f} µs are in the kernel (receiving, sending, waiting), and {same:.1f} µs to read the call's headers and send the headers of a yes without a check: no
body, but six headers more. So the check itself adds {added:.1f} µs, and answers {of_ok:.0f} % as many calls per second as ASGI ok. By itself,
without a server, the application takes {application:.1f} µs:

| part of a warm check | µs |
|---|---|
{pieces}
The rest is uvicorn and the kernel; there is less to gain in the check than in the server. A server that answered without a task for each call,
or headers that needn't be checked for line ends each time, would gain more than any change of ours.

**Why uvicorn.** One worker of granian answers {granian:.2f} × as many ASGI oks as uvicorn with uvloop and httptools, and {rsgi:.2f} × as many by its own interface
RSGI. It works in Rust threads that hand each call over to Python's threads; for calls as small as ours the hand-over costs more than the faster parsing
saves. The site stays with granian: over WSGI it is the faster of the two, and Django over ASGI is far behind ({asgi:.2f} × Django ok), because each
call changes threads.

**Cold** keys cost one look-up in PostgreSQL each. Unknown keys are remembered as well, and a bad checksum is refused without a look-up.
"""
SAYS_NGINX = """
**Behind nginx.** Asking the check about each call gives {asking:.1f} × Django ok: nginx takes the call, asks, and answers. Caching each yes for the
rest of the current second gives {cached:.1f} ×, of {nginx:.1f} × for nginx alone. The price: a revocation may take effect up to a second after its
caller was answered, and calls answered from the cache are neither counted nor limited, so a key with a limit is asked about each time. The cache is
off by default ([gateway.md](gateway.md)).
"""


def write(
    page: Path, options: Mapping[str, int], rounds: Rounds, pieces: Mapping[str, float]
) -> str:
    number = options["keys"]
    text = HOW.format(
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        kind=f"{platform.machine()}, {platform.system()}",
        python=platform.python_version(),
        base=BASE,
        **options,
    )
    text += table(rounds, BASE) + "\n" + aims(rounds, number) + says(rounds, pieces)
    page.write_text(text + page_tables.kept(page))
    page.with_suffix(".svg").write_text(chart(rounds, BASE))
    return text


def aims(rounds: Rounds, number: int) -> str:
    many = ratio(rounds, targets.MANY_LIMITED.format(number), LIMITED)
    text = AIMS.format(
        base=BASE,
        django=ratio(rounds, LIMITED, BASE),
        api_key=API_KEY,
        api_key_times=ratio(rounds, LIMITED, API_KEY),
        p99=median_of(rounds, LIMITED, "p99"),
        number=number,
        many=100 * (many - 1),
    )
    if targets.NGINX_CACHE in rounds:
        text += AIM_NGINX.format(base=BASE, cached=ratio(rounds, targets.NGINX_CACHE, BASE))
    return text


def says(rounds: Rounds, pieces: Mapping[str, float]) -> str:
    text = SAYS.format(
        bare=ratio(rounds, LIMITED, DJANGO_BARE),
        django_bare=DJANGO_BARE,
        api_key_bare=ratio(rounds, LIMITED, targets.API_KEY_BARE),
        check=a_call(rounds, LIMITED),
        ok=a_call(rounds, OK),
        kernel=median_of(rounds, OK, "system"),
        same=a_call(rounds, SAME),
        added=a_call(rounds, LIMITED) - a_call(rounds, SAME),
        of_ok=100 * ratio(rounds, LIMITED, OK),
        application=pieces["the whole application"],
        pieces="".join(f"| {name} | {value:.2f} |\n" for name, value in pieces.items()),
        granian=ratio(rounds, targets.GRANIAN_ASGI, OK),
        rsgi=ratio(rounds, targets.GRANIAN_RSGI, OK),
        asgi=ratio(rounds, targets.DJANGO_ASGI, BASE),
    )
    if targets.NGINX_CACHE in rounds:
        text += SAYS_NGINX.format(
            asking=ratio(rounds, targets.NGINX_ASKING, BASE),
            cached=ratio(rounds, targets.NGINX_CACHE, BASE),
            nginx=ratio(rounds, targets.NGINX, BASE),
        )
    return text


def a_call(rounds: Rounds, name: str) -> float:
    """Microseconds of CPU."""
    return median_of(rounds, name, "user") + median_of(rounds, name, "system")
