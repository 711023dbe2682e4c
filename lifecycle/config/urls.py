"""All URLs of the site."""

from allauth.account.decorators import secure_admin_login
from django.apps import apps
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from lifecycle.people.sign_in.external_accounts import begin_sign_in
from requests_app.api.views.base import NotFoundView

admin.site.site_header = admin.site.site_title = "Emeritus"
admin.site.index_title = "Review desk"
apps.get_app_config("mfa").verbose_name = "Second factors"
apps.get_app_config("socialaccount").verbose_name = "External accounts"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one sign-in

urlpatterns = [
    path("", include("requests_app.web.urls")),
    path("accounts/oidc/<slug:provider_id>/login/", begin_sign_in),  # before that of allauth
    path("accounts/", include("allauth.urls")),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account_change_password")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("requests_app.api.urls")),
    path("", include("requests_app.api.gateway_urls")),
    # Also without the slash, which Django would otherwise redirect to or answer with a page.
    re_path("^(?:api|gateway|oauth)(?:/|$)", NotFoundView.as_view()),
]

handler400 = "requests_app.web.errors.bad_request"
handler403 = "requests_app.web.errors.forbidden"
handler404 = "requests_app.web.errors.not_found"
handler429 = "requests_app.web.errors.too_many_requests"  # allauth looks for it
handler500 = "requests_app.web.errors.server_error"
