"""URLs of the researchers' pages."""

from django.urls import path, re_path, register_converter
from django.urls.converters import StringConverter

from requests_app.web import metrics
from requests_app.web.access import call_views, key_views, leak_views, sharing_views, standing_views
from requests_app.web.access import views as access
from requests_app.web.account import following_views, profile_views, reviewer_invitation_views
from requests_app.web.account import views as account
from requests_app.web.catalogue import demand_views, promise_views, scorecard_views, use_today_views
from requests_app.web.catalogue import views as catalogue
from requests_app.web.drafting import part_views
from requests_app.web.drafting import views as drafting
from requests_app.web.feeds import badges
from requests_app.web.feeds import views as feeds
from requests_app.web.requests import file_views, invitation_views
from requests_app.web.requests import views as requests
from requests_app.web.voice import essay_views
from requests_app.web.voice import views as voice


class IdentifierConverter(StringConverter):
    """A model's identifier, which may contain slashes but no NUL (PostgreSQL stores none)."""

    regex = r"[^\x00]+"


register_converter(IdentifierConverter, "identifier")

urlpatterns = [
    path("", catalogue.home, name="home"),
    path("models/", catalogue.models, name="models"),
    path("models/<identifier:identifier>/", catalogue.model, name="model"),
    re_path(
        r"^models/(?P<identifier>[^\x00]+)/cite\.(?P<suffix>bib|csl\.json|cff)$",
        use_today_views.citation,
        name="model_citation",
    ),
    path("demand/state/<identifier:public_id>/", demand_views.state, name="demand_state"),
    path("demand/withdraw/<identifier:public_id>/", demand_views.withdraw, name="demand_withdraw"),
    path("promises/", promise_views.promises_page, name="promises"),
    path("promises/<identifier:identifier>/", promise_views.model_promises, name="model_promises"),
    path("scorecard/", scorecard_views.scorecard_page, name="scorecard"),
    path("scorecard/<slug:slug>/", scorecard_views.provider_page, name="scorecard_provider"),
    path(
        "deployment-reports/<identifier:identifier>/interviews/<int:interview>/<int:session>/",
        voice.session,
        name="interview_session",
    ),
    path(
        "deployment-reports/<identifier:identifier>/interviews/<int:interview>/<int:session>.txt",
        voice.transcript,
        name="transcript",
    ),
    path(
        "deployment-reports/<identifier:identifier>/report.json",
        voice.report_json,
        name="deployment_report_json",
    ),
    path(
        "deployment-reports/<identifier:identifier>/",
        voice.report,
        name="deployment_report",
    ),
    path("essays/<slug:slug>/", essay_views.series, name="essay_series"),
    path("essays/<slug:slug>/feed.atom", essay_views.feed, name="essay_feed"),
    path("essays/<slug:slug>/<int:number>/", essay_views.essay, name="essay"),
    path("essays/<slug:slug>/<int:number>.txt", essay_views.text, name="essay_text"),
    path("interview-protocols/<slug:slug>/<int:number>/", voice.protocol, name="protocol"),
    path("badges/models/<identifier:identifier>.svg", badges.badge, name="badge"),
    path("feeds/<str:file>", feeds.feed, name="feed"),
    path("feeds/<slug:kind>/<identifier:value>/<str:file>", feeds.feed, name="feed_of"),
    path("numbers/", catalogue.statistics_page, name="numbers"),
    path("problems/", catalogue.problems, name="problems"),
    path("requests/", requests.mine, name="requests"),
    path("requests/new/", drafting.new, name="ask"),
    path("requests/<slug:public_id>/", requests.show, name="request"),
    path("requests/<slug:public_id>/edit/", drafting.overview, name="request_edit"),
    path("requests/<slug:public_id>/edit/<slug:slug>/", part_views.part, name="request_step"),
    path("requests/<slug:public_id>/check/", drafting.check, name="request_check"),
    path("requests/<slug:public_id>/submit/", drafting.submit, name="request_submit"),
    path("requests/<slug:public_id>/withdraw/", requests.withdraw, name="request_withdraw"),
    path("requests/<slug:public_id>/appeal/", requests.appeal, name="request_appeal"),
    path("requests/<slug:public_id>/people/", invitation_views.people, name="request_people"),
    path(
        "requests/<slug:public_id>/people/again/",
        invitation_views.send_again,
        name="request_invite_again",
    ),
    path(
        "requests/<slug:public_id>/people/allow/",
        invitation_views.allow,
        name="request_allow",
    ),
    path(
        "requests/<slug:public_id>/people/withdraw/",
        invitation_views.withdraw,
        name="request_invitation_withdraw",
    ),
    path(
        "requests/<slug:public_id>/people/out/",
        invitation_views.leave_out,
        name="request_leave_out",
    ),
    path(
        "reviewer-invitations/<slug:public_id>/",
        reviewer_invitation_views.invitation,
        name="reviewer_invitation",
    ),
    path(
        "reviewer-invitations/<slug:public_id>/accept/",
        reviewer_invitation_views.accept,
        name="reviewer_invitation_accept",
    ),
    path(
        "reviewer-invitations/<slug:public_id>/decline/",
        reviewer_invitation_views.decline,
        name="reviewer_invitation_decline",
    ),
    path("invitations/<slug:public_id>/", invitation_views.invitation, name="invitation"),
    path("invitations/<slug:public_id>/accept/", invitation_views.accept, name="invitation_accept"),
    path(
        "invitations/<slug:public_id>/decline/", invitation_views.decline, name="invitation_decline"
    ),
    path("requests/<slug:public_id>/files/", file_views.files, name="request_files"),
    path("requests/<slug:public_id>/files/remove/", file_views.remove, name="request_file_remove"),
    path("requests/<slug:public_id>/files/<slug:file>/", file_views.download, name="request_file"),
    path("access/", access.mine, name="access"),
    path("access/<slug:public_id>/", access.show, name="grant"),
    path("access/<slug:public_id>/call/", call_views.call, name="grant_call"),
    path("access/<slug:public_id>/call/try/", call_views.try_it, name="grant_try"),
    path("access/<slug:public_id>/usage.csv", access.usage_csv, name="grant_usage_csv"),
    path("access/<slug:public_id>/claim/", access.claim, name="grant_claim"),
    path("access/<slug:public_id>/end/", access.end, name="grant_end"),
    path("access/<slug:public_id>/confirm/", sharing_views.confirm, name="grant_confirm"),
    path("access/<slug:public_id>/accept/", sharing_views.accept, name="grant_accept"),
    path("access/<slug:public_id>/leave/", sharing_views.leave, name="grant_leave"),
    path("access/<slug:public_id>/remove/", sharing_views.remove, name="grant_remove"),
    path("standing/<slug:public_id>/", standing_views.show, name="standing"),
    path("standing/<slug:public_id>/start/", standing_views.start, name="standing_start"),
    path("keys/<slug:public_id>/rotate/", key_views.rotate, name="key_rotate"),
    path("keys/<slug:public_id>/rename/", key_views.rename, name="key_rename"),
    path("keys/<slug:public_id>/revoke/", key_views.revoke, name="key_revoke"),
    path("keys/<slug:public_id>/receipt/", key_views.receipt, name="key_receipt"),
    path("report-a-key/", leak_views.report, name="report_key"),
    path("metrics", metrics.metrics, name="metrics"),
    path("typed/", account.recovered_form, name="typed"),
    path("language/", profile_views.language, name="set_language"),
    path("profile/", profile_views.profile, name="profile"),
    path("account/", account.account, name="account"),
    path("account/following/", following_views.followed, name="following"),
    path("follow/", following_views.follow, name="follow"),
    path("unfollow/", following_views.unfollow, name="unfollow"),
    path("unfollow/<str:token>/", following_views.unfollow_by_link, name="unfollow_by_link"),
    path("account/export/", account.export, name="account_export"),
    path("account/delete/", account.delete, name="account_delete"),
    path("account/second-factor/", account.second_factor, name="second_factor"),
    path("account/second-factor/done/", account.second_factor_done, name="second_factor_done"),
]
