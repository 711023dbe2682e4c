"""The page to report leaked keys, without signing in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from requests_app import throttling
from requests_app.actions.keys import leaks
from requests_app.refusals import Invalid
from requests_app.web.access.forms import LeakForm

THANKS = _(
    "Thank you. If this was one of our keys, it no longer works and we have told its holder."
)


@sensitive_post_parameters()
@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Revoke reported keys; the answer is the same for known and unknown ones."""
    form = LeakForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        status = Invalid.status if form.is_bound else 200
        return render(request, "pages/report_key.html", {"form": form}, status=status)
    throttling.check("report", request)
    leaks.report([form.cleaned_data["key"]])
    messages.success(request, THANKS)
    return redirect("report_key")
