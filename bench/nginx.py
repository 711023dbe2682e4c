"""nginx with the configuration for one model, answering itself in place of the model."""

import os
import pwd
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from bench.servers import free_port, running, wait_for
from lifecycle.config import env

PROGRAM = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
OURS = [env.ROOT / "docker" / "gateway" / name for name in ("nginx", "nginx_one_model")]
FOLDER = Path("/usr/lib/nginx/modules")
MODULES = [FOLDER / "ndk_http_module.so", FOLDER / "ngx_http_set_misc_module.so"]
KINDS = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
MAIN = """
{modules} daemon off; user {user}; worker_processes 1; pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off; keepalive_requests 1000000000; {temporary}
    proxy_cache_path {folder}/cache keys_zone=emeritus:10m max_size=64m inactive=10s;
    include emeritus.conf;
    server {{ listen 127.0.0.1:{alone}; location / {{ return 200; }} }}
}}
"""
# Reached after the check only, where a `return` in the location itself would come before it.
ANSWER = "location @answer { return 200; }\n"


def is_there() -> bool:
    return PROGRAM is not None


def can_cache() -> bool:
    return all(module.exists() for module in MODULES)


@contextmanager
def serve_nginx(folder: Path, check: str, *, cached: bool) -> Iterator[tuple[str, str]]:
    """The address of a call behind the check, and one of a call that nobody checks."""
    folder.mkdir()
    front, alone = free_port(), free_port()
    for path in (path for ours in OURS for path in ours.iterdir()):
        text = path.read_text().replace("127.0.0.1:8001", urlsplit(check).netloc)
        text = text.replace("127.0.0.1:8080", f"127.0.0.1:{front}")
        text = text.replace("proxy_pass http://model;", "try_files /no-file @answer;")
        text = text.replace("location @emeritus_refusal", ANSWER + "location @emeritus_refusal")
        if cached and path.name == "emeritus.conf":
            text = text.replace("internal;\n", "internal;\n include emeritus_cache.conf;\n", 1)
        (folder / path.name).write_text(text)
    main = MAIN.format(
        modules="".join(f"load_module {module};" for module in MODULES if cached),
        user=pwd.getpwuid(os.getuid()).pw_name,
        folder=folder,
        temporary="".join(f"{kind}_temp_path {folder}/{kind};" for kind in KINDS),
        alone=alone,
    )
    (folder / "nginx.conf").write_text(main)
    command = (str(PROGRAM), "-p", str(folder), "-c", str(folder / "nginx.conf"))
    with running(folder / "log", *command):
        wait_for(front)
        yield f"http://127.0.0.1:{front}/v1/messages", f"http://127.0.0.1:{alone}/"
