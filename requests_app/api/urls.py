"""URLs of the REST API under /api/v1/."""

from django.urls import path, re_path

from requests_app.api.views import (
    access,
    keys,
    leaks,
    life,
    receipts,
    requests,
    standing,
    usage,
)
from requests_app.api.views.account import following, leaving, me, profile, tokens
from requests_app.api.views.base import NotFoundView
from requests_app.api.views.desk import urls as desk_urls
from requests_app.api.views.drafting import files, invitations
from requests_app.api.views.register import (
    catalogue,
    demand,
    editing,
    numbers,
    promises,
    scorecard,
)
from requests_app.api.views.schema import Schema
from requests_app.api.views.voice import deployment_reports, essays, interviews, preferences

app_name = "api"
# It may contain slashes, so the model's own address comes after those below it; but no NUL, which
# PostgreSQL doesn't store.
IDENTIFIER = r"(?P<identifier>[^\x00]+)"

urlpatterns = [
    path("me/", me.Me.as_view(), name="me"),
    path("me/profile/", profile.Profile.as_view(), name="profile"),
    path("me/export/", leaving.Export.as_view(), name="export"),
    path("me/delete/", leaving.DeleteAccount.as_view(), name="delete-account"),
    path("me/following/", following.Following.as_view(), name="following"),
    path("me/following/remove/", following.Unfollow.as_view(), name="unfollow"),
    path("service-tokens/", tokens.TokenList.as_view(), name="service-tokens"),
    path("service-tokens/<slug:id>/", tokens.TokenDetail.as_view(), name="service-token"),
    path("service-tokens/<slug:id>/rotate/", tokens.RotateToken.as_view(), name="rotate-token"),
    path("service-tokens/<slug:id>/revoke/", tokens.RevokeToken.as_view(), name="revoke-token"),
    path("numbers/", numbers.Numbers.as_view(), name="numbers"),
    *desk_urls.urlpatterns,
    path("catalogue/", editing.LoadCatalogue.as_view(), name="load-catalogue"),
    path("models/", catalogue.ModelList.as_view(), name="models"),
    re_path(f"^models/{IDENTIFIER}/use/$", catalogue.ModelUse.as_view(), name="model-use"),
    re_path(f"^models/{IDENTIFIER}/demand/$", demand.ModelDemand.as_view(), name="model-demand"),
    re_path(
        f"^models/{IDENTIFIER}/demand/withdraw/$",
        demand.WithdrawDemand.as_view(),
        name="withdraw-demand",
    ),
    path("promises/", promises.PromiseList.as_view(), name="promises"),
    path("scorecard/", scorecard.Scorecard.as_view(), name="scorecard"),
    path("scorecard/<slug:id>/", scorecard.ProviderScorecard.as_view(), name="scorecard-provider"),
    re_path(
        f"^models/{IDENTIFIER}/deployment-report/$",
        deployment_reports.DeploymentReport.as_view(),
        name="deployment-report",
    ),
    re_path(
        f"^models/{IDENTIFIER}/interviews/$",
        interviews.ModelInterviews.as_view(),
        name="model-interviews",
    ),
    re_path(
        f"^models/{IDENTIFIER}/preferences/$",
        preferences.ModelPreferences.as_view(),
        name="model-preferences",
    ),
    re_path(f"^models/{IDENTIFIER}/$", catalogue.ModelDetail.as_view(), name="model"),
    path("protocols/", interviews.Protocols.as_view(), name="protocols"),
    path(
        "interviews/<int:id>/participants/",
        interviews.Participants.as_view(),
        name="interview-participants",
    ),
    path(
        "interviews/<int:id>/correct/",
        interviews.CorrectInterview.as_view(),
        name="correct-interview",
    ),
    path("interviews/<int:id>/sessions/", interviews.Sessions.as_view(), name="interview-sessions"),
    path(
        "preferences/<int:id>/accept/",
        preferences.AcceptPreference.as_view(),
        name="accept-preference",
    ),
    path(
        "preferences/<int:id>/decline/",
        preferences.DeclinePreference.as_view(),
        name="decline-preference",
    ),
    path(
        "preferences/<int:id>/defer/",
        preferences.DeferPreference.as_view(),
        name="defer-preference",
    ),
    path(
        "preferences/<int:id>/complete/",
        preferences.CompletePreference.as_view(),
        name="complete-preference",
    ),
    path("essay-series/", essays.SeriesList.as_view(), name="essay-series-list"),
    path("essay-series/<slug:id>/essays/", essays.HandIn.as_view(), name="hand-in-essay"),
    path(
        "essay-series/<slug:id>/essays/<int:number>/withdraw/",
        essays.WithdrawEssay.as_view(),
        name="withdraw-essay",
    ),
    path("essay-series/<slug:id>/", essays.Series.as_view(), name="essay-series"),
    path("requests/", requests.RequestList.as_view(), name="requests"),
    path("requests/<slug:id>/", requests.RequestDetail.as_view(), name="request"),
    path("requests/<slug:id>/write/", requests.Write.as_view(), name="write"),
    path("requests/<slug:id>/submit/", requests.Submit.as_view(), name="submit"),
    path("requests/<slug:id>/withdraw/", requests.Withdraw.as_view(), name="withdraw"),
    path("requests/<slug:id>/appeal/", requests.Appeal.as_view(), name="appeal"),
    path("requests/<slug:id>/events/", receipts.RequestEvents.as_view(), name="request-events"),
    path("requests/<slug:id>/files/", files.Files.as_view(), name="files"),
    path("requests/<slug:id>/files/<slug:file>/", files.File.as_view(), name="file"),
    path(
        "requests/<slug:id>/files/<slug:file>/remove/",
        files.RemoveFile.as_view(),
        name="remove-file",
    ),
    path(
        "requests/<slug:id>/invitations/",
        invitations.RequestInvitations.as_view(),
        name="request-invitations",
    ),
    path(
        "requests/<slug:id>/collaborators/remove/",
        invitations.RemoveCollaborator.as_view(),
        name="remove-collaborator",
    ),
    path("invitations/", invitations.InvitationList.as_view(), name="invitations"),
    path("invitations/<slug:id>/", invitations.InvitationDetail.as_view(), name="invitation"),
    path(
        "invitations/<slug:id>/send-again/",
        invitations.SendAgain.as_view(),
        name="send-invitation-again",
    ),
    path("invitations/<slug:id>/allow/", invitations.Allow.as_view(), name="allow-invitation"),
    path(
        "invitations/<slug:id>/withdraw/",
        invitations.Withdraw.as_view(),
        name="withdraw-invitation",
    ),
    path("invitations/<slug:id>/accept/", invitations.Accept.as_view(), name="accept-invitation"),
    path(
        "invitations/<slug:id>/decline/", invitations.Decline.as_view(), name="decline-invitation"
    ),
    path("grants/", access.GrantList.as_view(), name="grants"),
    path("grants/<slug:id>/", access.GrantDetail.as_view(), name="grant"),
    path("grants/<slug:id>/usage/", usage.GrantUsage.as_view(), name="usage"),
    path("grants/<slug:id>/usage.csv", usage.GrantUsageFile.as_view(), name="usage-csv"),
    path("grants/<slug:id>/claim/", access.Claim.as_view(), name="claim"),
    path("grants/<slug:id>/end/", access.End.as_view(), name="end"),
    path("grants/<slug:id>/shorten/", access.Shorten.as_view(), name="shorten"),
    path("grants/<slug:id>/revoke/", access.Revoke.as_view(), name="revoke"),
    path("grants/<slug:id>/suspend/", life.Suspend.as_view(), name="suspend"),
    path("grants/<slug:id>/resume/", life.Resume.as_view(), name="resume"),
    path("grants/<slug:id>/confirm/", life.Confirm.as_view(), name="confirm"),
    path("grants/<slug:id>/extend/", life.Extend.as_view(), name="extend"),
    path("grants/<slug:id>/accept/", life.Accept.as_view(), name="accept"),
    path("grants/<slug:id>/leave/", life.Leave.as_view(), name="leave"),
    path("grants/<slug:id>/remove/", life.Remove.as_view(), name="remove"),
    path("standing-offers/", standing.OfferList.as_view(), name="standing-offers"),
    path("standing-offers/<slug:id>/start/", standing.StartOffer.as_view(), name="start-standing"),
    path("standing-rules/", standing.RuleList.as_view(), name="standing-rules"),
    path("standing-rules/<slug:id>/", standing.RuleDetail.as_view(), name="standing-rule"),
    path(
        "standing-rules/<slug:id>/members/", standing.RuleMembers.as_view(), name="standing-members"
    ),
    path(
        "standing-rules/<slug:id>/members/add/", standing.AddMembers.as_view(), name="add-members"
    ),
    path(
        "standing-rules/<slug:id>/members/remove/",
        standing.RemoveMembers.as_view(),
        name="remove-members",
    ),
    path("keys/", keys.KeyList.as_view(), name="keys"),
    path("keys/<slug:id>/", keys.KeyDetail.as_view(), name="key"),
    path("keys/<slug:id>/rename/", keys.RenameKey.as_view(), name="rename-key"),
    path("keys/<slug:id>/rotate/", access.RotateKey.as_view(), name="rotate-key"),
    path("keys/<slug:id>/revoke/", access.RevokeKey.as_view(), name="revoke-key"),
    path("keys/<slug:id>/receipt/", receipts.KeyReceipt.as_view(), name="key-receipt"),
    path("leaked-keys/", leaks.LeakedKeys.as_view(), name="leaked-keys"),
    path("schema/", Schema.as_view(), name="schema"),
    re_path("", NotFoundView.as_view()),
]
