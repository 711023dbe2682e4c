"""Which call of the API does what an act of the pages and the desk does, or why none does.

By the action, as `module.function` below `requests_app/actions`. A call is a method and a path
below /api/v1/; anything else is the reason. `generate_docs` writes it into docs/api.md.
"""

from collections.abc import Mapping

BY_ITSELF = "It follows by itself from another act."
SECOND_EDITOR = "For people: a second editor reads on the desk what would change."
ESSAYS = "For people: reviewers read the essay on the desk, and vote there."
SAVED_REASONS = "They are texts for the forms of the desk."
RULES = "For people: a rule gives access without review, so its owners read it on the desk."
REVIEWER_INVITED = "For people: whoever is invited answers on the page in the email."
REVIEWER_INVITING = "Not by API yet. A call adds who has an account."
VOICE = (
    *("POST models/{identifier}/interviews/", "POST interviews/{id}/participants/"),
    *("POST interviews/{id}/sessions/", "POST interviews/{id}/correct/"),
    *("POST models/{identifier}/preferences/", "POST preferences/{id}/accept/"),
    *("POST preferences/{id}/decline/", "POST preferences/{id}/defer/"),
    *("POST preferences/{id}/complete/", "POST essay-series/"),
)

ACTS: Mapping[str, str] = {
    # Requests
    "requests.requests.start": "POST requests/",
    "requests.requests.change": "PUT requests/{id}/",
    "requests.requests.submit": "POST requests/{id}/submit/",
    "requests.requests.withdraw": "POST requests/{id}/withdraw/",
    "requests.requests.appeal": "POST requests/{id}/appeal/",
    "requests.requests.extend": "POST grants/{id}/extend/",
    "requests.files.attach": "POST requests/{id}/files/",
    "requests.files.detach": "POST requests/{id}/files/{file}/remove/",
    "requests.invitations.invite": "POST requests/{id}/invitations/",
    "requests.invitations.send_again": "POST invitations/{id}/send-again/",
    "requests.invitations.allow": "POST invitations/{id}/allow/",
    "requests.invitations.accept": "POST invitations/{id}/accept/",
    "requests.invitations.decline": "POST invitations/{id}/decline/",
    "requests.invitations.withdraw": "POST invitations/{id}/withdraw/",
    "requests.invitations.remove_address": "POST requests/{id}/collaborators/remove/",
    # Access and keys
    "grants.collaborators.accept": "POST grants/{id}/accept/",
    "grants.collaborators.leave": "POST grants/{id}/leave/",
    "grants.collaborators.remove": "POST grants/{id}/remove/",
    "grants.confirmations.confirm": "POST grants/{id}/confirm/",
    "grants.grants.end": "POST grants/{id}/end/",
    "grants.grants.revoke": "POST grants/{id}/revoke/",
    "grants.suspensions.suspend": "POST grants/{id}/suspend/",
    "grants.suspensions.resume": "POST grants/{id}/resume/",
    "keys.keys.claim": "POST grants/{id}/claim/",
    "keys.keys.rotate": "POST keys/{id}/rotate/",
    "keys.key_labels.rename": "POST keys/{id}/rename/",
    "keys.key_revocation.revoke": "POST keys/{id}/revoke/",
    "keys.leaks.report": "POST leaked-keys/",
    "keys.service_tokens.create": "POST service-tokens/",
    "keys.service_tokens.rotate": "POST service-tokens/{id}/rotate/",
    "keys.service_tokens.revoke": "POST service-tokens/{id}/revoke/",
    "standing.access.start": "POST standing-offers/{id}/start/",
    "standing.lists.add": "POST standing-rules/{id}/members/add/",
    "standing.lists.remove": "POST standing-rules/{id}/members/remove/",
    "standing.rules.draft": RULES,
    "standing.rules.edit": RULES,
    "standing.rules.publish": RULES,
    "standing.rules.end": RULES,
    "standing.access.recheck_person": BY_ITSELF,
    "standing.access.note_sign_in": BY_ITSELF,
    # Accounts
    "catalogue.following.follow": "POST me/following/",
    "catalogue.following.unfollow": "POST me/following/remove/",
    "catalogue.following.unfollow_all": "It is the link in emails. A call ends one at a time.",
    "catalogue.demand.state": "POST models/{identifier}/demand/",
    "catalogue.demand.withdraw": "POST models/{identifier}/demand/withdraw/",
    "endings.account_deletion.delete_account": "POST me/delete/",
    "requests.affiliations.change_profile": "PUT me/profile/",
    "requests.affiliations.note_change": BY_ITSELF,
    # Review
    "review.votes.approve": "POST reviews/{id}/approve/",
    "review.votes.deny": "POST reviews/{id}/decline/",
    "review.votes.ask_for_changes": "POST reviews/{id}/request-changes/",
    "review.votes.recuse": "POST reviews/{id}/recuse/",
    "review.comments.comment": "POST reviews/{id}/comments/",
    "review.reassignments.reassign": "POST reviews/{id}/reassign/",
    "review.delegations.delegate": "POST me/delegations/",
    "review.delegations.end": "POST me/delegations/{id}/end/",
    "review.delegations.set_away": "POST me/away/",
    "review.preferences.prefer": "PUT me/reminders/",
    "review.read_log.record_read": "GET reviews/{id}/",
    "review.read_log.record_read_of_report": "GET policies/{id}/report/{file}.csv",
    "review.read_log.record_read_of_essay": ESSAYS,
    "review.saved_reasons.add": SAVED_REASONS,
    "review.saved_reasons.change": SAVED_REASONS,
    "review.saved_reasons.remove": SAVED_REASONS,
    "review.break_glass.grant_now": "POST emergency-requests/{id}/grant/",
    "review.break_glass.review": "POST emergency-grants/{id}/review/",
    "review.stages.recheck_all": BY_ITSELF,
    # Policies
    "policies.create": "POST policies/",
    "new_policies.begin": "POST policies/",
    "policies.assign": "PUT policies/{id}/models/",
    "policies.start": "POST policies/{id}/drafts/",
    "policies.edit": "PUT policies/{id}/versions/{number}/",
    "policies.import_version": "POST policies/{id}/drafts/",
    "policies.ask_to_publish": "POST policies/{id}/versions/{number}/ask-to-publish/",
    "policies.publish": "POST policies/{id}/versions/{number}/publish/",
    "grants.capacities.set_capacity": "POST policies/{id}/capacities/",
    "grants.model_withdrawal.withdraw": "POST policies/{id}/withdrawal/",
    "review.desk_members.add": "POST policies/{id}/reviewers/{group}/add/",
    "review.desk_members.remove": "POST policies/{id}/reviewers/{group}/remove/",
    "review.desk_members.note_groups": BY_ITSELF,
    "review.reviewer_invitations.invite": REVIEWER_INVITING,
    "review.reviewer_invitations.send_again": REVIEWER_INVITING,
    "review.reviewer_invitations.withdraw": REVIEWER_INVITING,
    "review.reviewer_invitations.accept": REVIEWER_INVITED,
    "review.reviewer_invitations.decline": REVIEWER_INVITED,
    "endings.bulk_revocation.revoke_everything": "POST revocations/",
    "requests.institutions.merge": "For people: it can't be undone, and the name has to be typed.",
    # Catalogue
    "catalogue.editing.add": "POST catalogue/",
    "catalogue.editing.edit": "POST catalogue/",
    "catalogue.editing.add_provider": "POST catalogue/",
    "catalogue.editing.edit_provider": "POST catalogue/",
    "catalogue.opening.open_to_requests": "POST catalogue/",
    "catalogue.promises.add": "POST catalogue/",
    "catalogue.promises.assign": "For people: the desk proposes who is responsible.",
    "catalogue.promises.note": "For people: it says what somebody has found out.",
    "catalogue.sources.verify": "For people: somebody has read the source.",
    "catalogue.weights.record_check": "For people: somebody has looked at the weights.",
    "proposals.accept": SECOND_EDITOR,
    "proposals.decline": SECOND_EDITOR,
    "proposals.withdraw": SECOND_EDITOR,
    "voice.protocols.publish": "POST protocols/",
    "voice.essays.hand_in": "POST essay-series/{id}/essays/",
    "voice.essay_votes.approve": ESSAYS,
    "voice.essay_votes.veto": ESSAYS,
    "voice.essay_votes.recuse": ESSAYS,
    "voice.essay_votes.withdraw": "POST essay-series/{id}/essays/{number}/withdraw/",
    "voice.second_editor.change": ", ".join(VOICE),
}
METHODS = ("GET ", "POST ", "PUT ")


def calls(answer: str) -> list[str]:
    """Return the calls of an act; none, if it has a reason instead."""
    return answer.split(", ") if answer.startswith(METHODS) else []


def table() -> str:
    """Return the acts as a table of Markdown."""
    told = {act: ", ".join(f"`{each}`" for each in calls(answer)) for act, answer in ACTS.items()}
    rows = [f"| `{act}` | {told[act] or answer} |" for act, answer in ACTS.items()]
    return "\n".join(["| action | call, or why there is none |", "|---|---|", *rows])
