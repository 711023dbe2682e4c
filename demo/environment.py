"""Decides what the demo's processes are told, so that all agree and none touches anything else."""

import errno
import json
import os
import socket
import sys
from pathlib import Path

from lifecycle.config import env
from lifecycle.embedded import embedded

# Empty counts as unset, and wins over a .env: what a configured site has is never the demo's.
NOT_OURS = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "KEY_PEPPERS",
    "FILES_FOLDER",
    "ISSUERS",
    "CHAT_URLS",
)
SITE_PORT = 8000
PORTS_TRIED = 200
_reserved: list[socket.socket] = []


class PortTaken(RuntimeError):
    """A port that was asked for can't be had; the sentence says which."""


def prepare() -> dict[str, str]:
    """The environment of every process of the demo, this one included."""
    os.environ |= dict.fromkeys(NOT_OURS, "")
    wanted, gateway_wanted = wanted_ports()
    last = _last_ports()
    site_port = port_for("PORT", wanted, last.get("site", SITE_PORT))
    gateway_port = port_for("GATEWAY_PORT", gateway_wanted, last.get("gateway", site_port + 1))
    models_port = port_for("the models' port", "", last.get("models", gateway_port + 1))
    _keep_ports({"site": site_port, "gateway": gateway_port, "models": models_port})
    os.environ |= {
        "EMERITUS_VAR": str(embedded.var()),
        "DJANGO_SETTINGS_MODULE": "lifecycle.config.settings",
        "DEBUG": "false",
        "PORT": str(site_port),
        "GATEWAY_PORT": str(gateway_port),
        "SITE_URL": f"http://localhost:{site_port}",
        "GATEWAY_URL": f"http://localhost:{gateway_port}",
        "MODELS_URL": f"http://localhost:{models_port}",
        "EXTRA_HOSTS": "127.0.0.1",
        "EMAIL_URL": f"file:///{embedded.var()}/mail",
        "BREAK_GLASS_EMAILS": "admin@example.org",
        "SWEEP_SECONDS": "2",
        "NOTICE_LEASE_SECONDS": "30",
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(_temporary()),
    }
    (embedded.var() / "mail").mkdir(mode=0o700, exist_ok=True)  # mails can hold reset links
    env.secret_key(), env.peppers()  # made now, once, before several processes look for them
    return dict(os.environ)


def _last_ports() -> dict[str, int]:
    """Those of the last start on this var/, which links in mails and snippets in scripts name."""
    path = _ports_file()
    ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    return ports


def _keep_ports(ports: dict[str, int]) -> None:
    fresh = _ports_file().with_suffix(".new")
    fresh.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_text(json.dumps(ports))
    fresh.replace(_ports_file())


def _ports_file() -> Path:
    return embedded.var() / "demo-ports.json"


def wanted_ports() -> tuple[str, str]:
    """Of the site and the gateway; empty where any will do."""
    return env.env.str("PORT", ""), env.env.str("GATEWAY_PORT", "")


def _temporary() -> Path:
    """Under var/, so that what a killed worker leaves behind stays with us."""
    folder = embedded.var() / "tmp"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def port_for(variable: str, wanted: str, first: int) -> int:
    """The port that was asked for, or the first free one."""
    if not wanted:
        port = next(port for port in range(first, first + PORTS_TRIED) if _is_free(port))
        if port != first:
            print(f"Port {first} is taken, so {variable} is {port}.")
        return port
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise PortTaken(f"{variable} must be a port number, and it is {wanted!r}.")
    if not _is_free(int(wanted)):
        raise PortTaken(f"Something already listens on port {wanted}. Choose another {variable}.")
    return int(wanted)


def _is_free(port: int) -> bool:
    """On both addresses of `localhost`: a browser may try either first."""
    return _reserve(port) and all(
        _can_bind(family, port) for family in (socket.AF_INET, socket.AF_INET6)
    )


def _reserve(port: int) -> bool:
    """Keep another demo that starts at this moment from choosing the same port.

    By a name that the kernel forgets with this process; only Linux has such names.
    """
    if sys.platform != "linux":
        return True
    name = socket.socket(socket.AF_UNIX)
    try:
        name.bind(f"\0emeritus-demo-{port}")
    except OSError:
        name.close()
        return False
    _reserved.append(name)
    return True


def _can_bind(family: socket.AddressFamily, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
    except OSError as error:
        # A machine without IPv6 has no second address that could be taken.
        return error.errno not in (errno.EADDRINUSE, errno.EACCES)
    return True
