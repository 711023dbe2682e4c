"""URLs for gateways besides the check: usage reports, introspection, revocation."""

from django.urls import path

from requests_app.api.views import oauth, reports

app_name = "gateway"

urlpatterns = [
    path("gateway/usage", reports.UsageReport.as_view(), name="usage"),
    path("oauth/introspect", oauth.introspect, name="introspect"),
    path("oauth/revoke", oauth.revoke, name="revoke"),
]
