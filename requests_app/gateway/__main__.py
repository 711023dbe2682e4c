"""Serve the check with uvicorn: `python -m requests_app.gateway`; see docs/gateway.md."""

import argparse

import uvicorn

from lifecycle.config import env, logs
from requests_app.gateway.http.header_limits import BoundedHttpProtocol

# Longer than nginx keeps an idle connection: if the server closed first, a call could be lost.
KEEP_ALIVE_SECONDS = 75
STOP_SECONDS = 5


def main() -> None:
    options = arguments()
    uvicorn.run(
        "requests_app.gateway.asgi:application",
        host=options.host,
        port=options.port,
        workers=options.workers,
        http=BoundedHttpProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        # Uvicorn's own lines have no time.
        log_config=logs.to_stderr(env.log_level()),
        log_level="warning",
        access_log=False,
        # X-Forwarded-* come from the caller and aren't trusted; reading them costs time too.
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=STOP_SECONDS,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m requests_app.gateway")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--workers", type=int, default=1, help="processes; one for each core")
    return parser.parse_args()


if __name__ == "__main__":
    main()
