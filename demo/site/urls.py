"""All URLs of Emeritus, and those of the demo's own pages."""

from django.urls import include, path

from demo.site import mailbox, sign_in
from lifecycle.config import urls

handler400, handler403, handler404 = urls.handler400, urls.handler403, urls.handler404
handler429, handler500 = urls.handler429, urls.handler500

urlpatterns = [
    path("demo/", sign_in.people, name="demo"),
    path("demo/sign-in/", sign_in.sign_in, name="demo_sign_in"),
    path("demo/mail/", mailbox.mailbox, name="demo_mailbox"),
    path("demo/mail/<slug:name>/", mailbox.mail, name="demo_mail"),
    path("demo/mail/<slug:name>/html/", mailbox.html, name="demo_mail_html"),
    path("", include("lifecycle.config.urls")),
]
