"""The health check of web and gateway: ask the server in this container, as its proxy would."""

import os
import sys
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

path = sys.argv[1] if len(sys.argv) > 1 else "/"
site = urlsplit(os.environ["SITE_URL"])
headers = {"Host": site.netloc, "X-Forwarded-Proto": site.scheme}
urlopen(Request(f"http://127.0.0.1:8000{path}", headers=headers), timeout=4)  # noqa: S310 - http
