"""Search requests by public id, person, institution or model, each with its own index."""

from django.db.models import Exists, OuterRef, Q

from lifecycle.catalogue.models import AIModel
from lifecycle.people.email.normalization import comparable_address
from lifecycle.people.models import Institution, User
from lifecycle.text.normalization import canonical, comparable
from requests_app.models import RequestedModel, RequestInstitution

MAX_FOUND = 200


def people_named(term: str) -> list[int]:
    """Return ids of matching people, MAX_FOUND at most; a longer term finds fewer."""
    # Names are compared folded on both sides, so `contains` ignores case as `icontains` does.
    named = User.objects.filter(
        Q(email__icontains=comparable_address(canonical(term)))
        | Q(comparable_name__contains=comparable(term))
    )
    return list(named.values_list("pk", flat=True)[:MAX_FOUND])


def institutions_named(term: str) -> list[int]:
    """Return ids of institutions of which any name matches, MAX_FOUND at most."""
    own = Q(comparable_name__contains=comparable(term))
    others = Q(merged_into__comparable_name__contains=comparable(term))
    others |= Q(former_names__comparable_name__contains=comparable(term))
    named = Institution.objects.filter(own | others).order_by("pk").distinct()
    return list(named.values_list("pk", flat=True)[:MAX_FOUND])


def matching(term: str) -> Q:
    """Return a condition for requests; what it names is looked up first, in small tables."""
    if term.lower().startswith("req_"):
        return Q(public_id__startswith=term.lower())
    people, institutions = people_named(term), institutions_named(term)
    named = Q(comparable_name__contains=comparable(term)) | Q(identifier__icontains=term)
    models = AIModel.objects.filter(named)
    ai_models = list(models.values_list("pk", flat=True))
    found = Q(pk__in=[])
    if people:
        found |= Q(requester__in=people)
    if institutions:
        worked = RequestInstitution.objects.filter(access_request=OuterRef("pk"))
        found |= Q(Exists(worked.filter(institution__in=institutions)))
    if ai_models:
        asked = RequestedModel.objects.filter(access_request=OuterRef("pk"))
        found |= Q(Exists(asked.filter(ai_model__in=ai_models)))
    return found
