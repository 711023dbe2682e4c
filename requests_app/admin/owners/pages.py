"""All pages that owners have beside those on which a policy is written."""

from requests_app.admin.owners.invitations import InvitingPolicies
from requests_app.admin.owners.report import ReportedPolicies
from requests_app.admin.owners.withdrawal import WithdrawableModels


class OwnersPages(ReportedPolicies, InvitingPolicies, WithdrawableModels):
    """The report, invitations to review, and withdrawals of models."""
