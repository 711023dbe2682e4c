"""URLs under /api/v1/ of what the review desk does."""

from django.urls import path

from requests_app.api.views.desk import (
    decisions,
    emergencies,
    endings,
    personal,
    policies,
    policy_reports,
    policy_reviewers,
    reviews,
    seats,
    versions,
)

urlpatterns = [
    path("me/delegates/", personal.Delegates.as_view(), name="delegates"),
    path("me/delegations/", personal.Delegations.as_view(), name="delegations"),
    path("me/delegations/<int:id>/end/", personal.EndDelegation.as_view(), name="end-delegation"),
    path("me/away/", personal.Away.as_view(), name="away"),
    path("me/reminders/", personal.Reminders.as_view(), name="reminders"),
    path("reviews/", reviews.ReviewInbox.as_view(), name="reviews"),
    path("reviews/<slug:id>/", reviews.Review.as_view(), name="review"),
    path("reviews/<slug:id>/files/<slug:file>/", reviews.ReviewFile.as_view(), name="review-file"),
    path("reviews/<slug:id>/comments/", reviews.ReviewComments.as_view(), name="review-comments"),
    path("reviews/<slug:id>/approve/", decisions.Approve.as_view(), name="approve-request"),
    path("reviews/<slug:id>/decline/", decisions.Decline.as_view(), name="decline-request"),
    path(
        "reviews/<slug:id>/request-changes/",
        decisions.RequestChanges.as_view(),
        name="request-changes",
    ),
    path("reviews/<slug:id>/recuse/", decisions.Recuse.as_view(), name="recuse"),
    path("reviews/<slug:id>/seats/", seats.Seats.as_view(), name="seats"),
    path("reviews/<slug:id>/reassign/", seats.Reassign.as_view(), name="reassign-seat"),
    path("policies/", policies.PolicyList.as_view(), name="policies"),
    path("policies/<slug:id>/", policies.PolicyDetail.as_view(), name="policy"),
    path("policies/<slug:id>/models/", policies.PolicyModels.as_view(), name="policy-models"),
    path(
        "policies/<slug:id>/capacities/",
        policies.PolicyCapacities.as_view(),
        name="policy-capacities",
    ),
    path("policies/<slug:id>/drafts/", versions.Drafts.as_view(), name="policy-drafts"),
    path(
        "policies/<slug:id>/versions/<int:number>/",
        versions.Version.as_view(),
        name="policy-version",
    ),
    path(
        "policies/<slug:id>/versions/<int:number>.yaml",
        versions.VersionFile.as_view(),
        name="policy-version-file",
    ),
    path(
        "policies/<slug:id>/versions/<int:number>/publish/",
        versions.Publish.as_view(),
        name="publish-policy",
    ),
    path(
        "policies/<slug:id>/versions/<int:number>/ask-to-publish/",
        versions.AskToPublish.as_view(),
        name="ask-to-publish",
    ),
    path("policies/<slug:id>/reviewers/", policy_reviewers.Reviewers.as_view(), name="reviewers"),
    path(
        "policies/<slug:id>/reviewers/<int:group>/add/",
        policy_reviewers.AddReviewer.as_view(),
        name="add-reviewer",
    ),
    path(
        "policies/<slug:id>/reviewers/<int:group>/remove/",
        policy_reviewers.RemoveReviewer.as_view(),
        name="remove-reviewer",
    ),
    path(
        "policies/<slug:id>/report/<slug:file>.csv",
        policy_reports.ReportFile.as_view(),
        name="policy-report",
    ),
    path("policies/<slug:id>/withdrawal/", endings.Withdrawal.as_view(), name="model-withdrawal"),
    path("revocations/", endings.Revocations.as_view(), name="revocations"),
    path("revocations/preview/", endings.RevocationPreview.as_view(), name="revocation-preview"),
    path("revocations/<slug:id>/", endings.Revocation.as_view(), name="revocation"),
    path("emergency-requests/", emergencies.EmergencyRequests.as_view(), name="emergency-requests"),
    path(
        "emergency-requests/<slug:id>/",
        emergencies.EmergencyRequest.as_view(),
        name="emergency-request",
    ),
    path(
        "emergency-requests/<slug:id>/grant/",
        emergencies.GrantNow.as_view(),
        name="grant-emergency",
    ),
    path("emergency-grants/", emergencies.EmergencyGrants.as_view(), name="emergency-grants"),
    path(
        "emergency-grants/<slug:id>/",
        emergencies.EmergencyGrant.as_view(),
        name="emergency-grant",
    ),
    path(
        "emergency-grants/<slug:id>/review/",
        emergencies.ReviewEmergencyGrant.as_view(),
        name="review-emergency",
    ),
]
