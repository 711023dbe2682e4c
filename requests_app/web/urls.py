"""Addresses of the researcher's pages."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from requests_app.web.views import (
    access,
    account,
    asking,
    catalogue,
    files,
    invitations,
    keys,
    leaks,
    life,
    metrics,
    people,
    requests,
)


class IdentifierConverter(StringConverter):
    """A model's identifier, with slashes too; without NUL, which PostgreSQL takes in no text."""

    regex = r"[^\x00]+"


register_converter(IdentifierConverter, "identifier")

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("models/", catalogue.models, name="models"),
    path("models/<identifier:identifier>/", catalogue.model, name="model"),
    path("numbers/", catalogue.public_numbers, name="numbers"),
    path("problems/", catalogue.problems, name="problems"),
    path("requests/", requests.mine, name="requests"),
    path("requests/new/", asking.new, name="ask"),
    path("requests/<slug:public_id>/", requests.show, name="request"),
    path("requests/<slug:public_id>/edit/", asking.overview, name="request_edit"),
    path("requests/<slug:public_id>/edit/<slug:slug>/", asking.part, name="request_part"),
    path("requests/<slug:public_id>/check/", asking.check, name="request_check"),
    path("requests/<slug:public_id>/submit/", asking.submit, name="request_submit"),
    path("requests/<slug:public_id>/withdraw/", requests.withdraw, name="request_withdraw"),
    path("requests/<slug:public_id>/appeal/", requests.appeal, name="request_appeal"),
    path("requests/<slug:public_id>/people/", invitations.people, name="request_people"),
    path(
        "requests/<slug:public_id>/people/again/",
        invitations.send_again,
        name="request_invite_again",
    ),
    path(
        "requests/<slug:public_id>/people/withdraw/",
        invitations.withdraw,
        name="request_invitation_withdraw",
    ),
    path("requests/<slug:public_id>/people/out/", invitations.leave_out, name="request_leave_out"),
    path("invitations/<slug:public_id>/", invitations.invitation, name="invitation"),
    path("invitations/<slug:public_id>/accept/", invitations.accept, name="invitation_accept"),
    path("invitations/<slug:public_id>/decline/", invitations.decline, name="invitation_decline"),
    path("requests/<slug:public_id>/files/", files.files, name="request_files"),
    path("requests/<slug:public_id>/files/remove/", files.remove, name="request_file_remove"),
    path("requests/<slug:public_id>/files/<slug:file>/", files.download, name="request_file"),
    path("access/", access.mine, name="access"),
    path("access/<slug:public_id>/", access.show, name="grant"),
    path("access/<slug:public_id>/usage.csv", access.usage_csv, name="grant_usage_csv"),
    path("access/<slug:public_id>/claim/", access.claim, name="grant_claim"),
    path("access/<slug:public_id>/end/", access.end, name="grant_end"),
    path("access/<slug:public_id>/confirm/", life.confirm, name="grant_confirm"),
    path("access/<slug:public_id>/accept/", life.accept, name="grant_accept"),
    path("access/<slug:public_id>/leave/", life.leave, name="grant_leave"),
    path("access/<slug:public_id>/remove/", life.remove, name="grant_remove"),
    path("keys/<slug:public_id>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<slug:public_id>/revoke/", keys.revoke, name="key_revoke"),
    path("keys/<slug:public_id>/receipt/", keys.receipt, name="key_receipt"),
    path("report-a-key/", leaks.report, name="report_key"),
    path("metrics", metrics.metrics, name="metrics"),
    path("typed/", account.typed_text, name="typed"),
    path("language/", people.language, name="set_language"),
    path("profile/", people.profile, name="profile"),
    path("account/", account.account, name="account"),
    path("account/export/", account.export, name="account_export"),
    path("account/delete/", account.delete, name="account_delete"),
    path("account/second-factor/", account.second_factor, name="second_factor"),
    path("account/second-factor/done/", account.second_factor_done, name="second_factor_done"),
]
