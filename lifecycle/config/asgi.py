"""The ASGI application of the site."""

from django.conf import settings

from lifecycle.config import env
from lifecycle.config.wsgi import application as wsgi
from lifecycle.serving.request_buffering import BufferingApplication

application = BufferingApplication(
    wsgi,
    threads=env.site_threads(),
    # A multipart form adds boundaries and headers to the file, for which 64 KiB are plenty.
    max_body_bytes=settings.FILE_MAX_BYTES + 65_536,
    max_form_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 65_536,
    trusted_proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
)
