"""Lock rows of the register and of what models said, in the order that `locks` names.

Each row comes with its model or provider, whose chain has its events.
"""

from lifecycle.catalogue.models import AIModel, Promise, Provider, WeightsCustody
from lifecycle.voice.models import Essay, Preference
from requests_app.models import Proposal, Revision, StandingRule

# Raw, because querysets have no FOR SHARE; FOR UPDATE would line up all approvals for a model.
SHARE_REQUESTED_MODELS = (
    "SELECT id FROM catalogue_aimodel WHERE id IN (SELECT aimodel_id FROM "
    "requests_app_revision_ai_models WHERE revision_id = %s) ORDER BY id FOR SHARE"
)
SHARE_MODELS_OF_RULE = (
    "SELECT id FROM catalogue_aimodel WHERE id IN (SELECT aimodel_id FROM "
    "requests_app_standingrule_ai_models WHERE standingrule_id = %s) ORDER BY id FOR SHARE"
)
SHARE_GRANTED_MODELS = (
    "SELECT id FROM catalogue_aimodel WHERE id IN (SELECT ai_model_id FROM "
    "requests_app_grantedmodel WHERE grant_id = %s) ORDER BY id FOR SHARE"
)


def lock_model(ai_model: AIModel) -> AIModel:
    """Lock a model before it is withdrawn or limited: no grant for it starts meanwhile."""
    return AIModel.objects.select_for_update(no_key=True).get(pk=ai_model.pk)


def lock_provider(provider_id: int) -> Provider:
    return Provider.objects.select_for_update(no_key=True).get(pk=provider_id)


def lock_catalogue_rows() -> None:
    """Lock all models and providers before a file changes some of them in an order of its own."""
    for table in (AIModel, Provider):
        list(table.objects.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def lock_proposal(proposal_id: int) -> Proposal:
    """Lock a proposal after its model."""
    which = AIModel.objects.filter(proposals=proposal_id)
    ai_model = which.select_for_update(of=("self",), no_key=True).get()
    proposal = Proposal.objects.locked(proposal_id)
    proposal.ai_model = ai_model
    return proposal


def lock_promise(promise_id: int) -> Promise:
    """Lock a promise after its model or provider, whose chain has its events."""
    ai_model = AIModel.objects.filter(promises=promise_id).first()
    provider = Provider.objects.filter(promises=promise_id).first()
    ai_model = lock_model(ai_model) if ai_model else None
    provider = lock_provider(provider.pk) if provider else None
    promise = Promise.objects.select_for_update(of=("self",)).get(pk=promise_id)
    promise.ai_model, promise.provider = ai_model, provider
    return promise


def lock_custody(custody_id: int) -> WeightsCustody:
    """Lock the custody of weights after its model, whose chain has its events."""
    ai_model = lock_model(AIModel.objects.get(weights=custody_id))
    custody = WeightsCustody.objects.select_for_update(of=("self",)).get(pk=custody_id)
    custody.ai_model = ai_model
    return custody


def lock_preference(preference_id: int) -> Preference:
    """Lock a preference after its model, whose chain has its events."""
    which = AIModel.objects.filter(preferences=preference_id)
    ai_model = which.select_for_update(of=("self",), no_key=True).get()
    preference = Preference.objects.select_for_update(of=("self",)).get(pk=preference_id)
    preference.ai_model = ai_model
    return preference


def lock_essay(essay_id: int) -> Essay:
    """Lock an essay after its model, whose chain has its events."""
    which = AIModel.objects.filter(essay_series__essays=essay_id)
    ai_model = which.select_for_update(of=("self",), no_key=True).get()
    rows = Essay.objects.select_related("series").select_for_update(of=("self",))
    essay = rows.get(pk=essay_id)
    essay.series.ai_model = ai_model
    return essay


def lock_requested_models(revision: Revision) -> None:
    """Keep a revision's models from being withdrawn or limited until this transaction ends.

    Its approval can grant no others. The lock is shared, so several approvals can hold it. Take it
    before the request's, as `revoke_everything` does: otherwise each would wait for what the other
    holds.
    """
    list(AIModel.objects.raw(SHARE_REQUESTED_MODELS, [revision.pk]))


def lock_granted_models(grant_id: int) -> None:
    """Keep a grant's models from being withdrawn or limited, as `lock_requested_models` does."""
    list(AIModel.objects.raw(SHARE_GRANTED_MODELS, [grant_id]))


def lock_models_of_rule(rule: StandingRule) -> None:
    """Keep a standing rule's models from being withdrawn or limited, as for requested ones."""
    list(AIModel.objects.raw(SHARE_MODELS_OF_RULE, [rule.pk]))
