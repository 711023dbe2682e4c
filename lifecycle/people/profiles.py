"""The only code that writes profiles."""

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from lifecycle.people.models import Affiliation, Institution, User
from lifecycle.text.normalization import comparable, one_line

PROFILE = (
    "full_name",
    "institution",
    "orcid",
    "orcid_verified_at",
    "country",
    "time_zone",
    "language",
)


def institution_named(name: str) -> Institution | None:
    """Return the institution of this name, created if new; None for an empty name.

    Names are compared by their comparable form. A merged one's name stands for the other.
    """
    name = one_line(name)
    if not name:
        return None
    called = Institution.objects.filter(comparable_name=comparable(name))
    found = called.select_related("merged_into").first()
    if found:
        return found.merged_into or found
    try:
        with transaction.atomic():
            return Institution.objects.create(name=name)
    # Somebody else has just created it.
    except IntegrityError:
        return called.get()


def note_mail_problem(user: User, problem: str) -> None:
    """Store the mail server's refusal of the address; "" once it accepts mail again."""
    if user.mail_problem != problem[:200]:
        user.mail_problem = problem[:200]
        user.save(update_fields=["mail_problem"])


def note_language(user: User, language: str) -> None:
    """Store the language for a person's emails."""
    user.language = language
    user.save(update_fields=["language"])


def update_profile(
    user: User,
    *,
    full_name: str,
    institution: str,
    orcid: str,
    country: str,
    time_zone: str | None = None,
    language: str | None = None,
) -> User:
    """Save a person's profile; `country` is ISO 3166 alpha-2.

    `time_zone` is a name of the IANA database, `language` a code of `settings.LANGUAGES`; "" means
    none, and None leaves the current value.
    """
    user.full_name = one_line(full_name)
    user.institution = institution_named(institution)
    if user.orcid != orcid:
        user.orcid, user.orcid_verified_at = orcid, None
    user.country = country
    if time_zone is not None:
        user.time_zone = time_zone
    if language is not None:
        user.language = language
    user.save(update_fields=[*PROFILE])
    return user


def merge_institution(old: Institution, into: Institution) -> int:
    """Make a locked institution a name of another; return how many people moved with it."""
    # People first, as whoever changes their profile holds them before their affiliations.
    at_old = User.objects.filter(institution=old).order_by("pk").select_for_update(no_key=True)
    list(at_old.values_list("pk"))
    # Then affiliations: a profile that names another institution would end the person's own.
    Affiliation.objects.filter(institution=old).update(institution=into)
    people = User.objects.filter(institution=old).update(institution=into)
    Institution.objects.same_as([old]).update(merged_into=into, is_curated=False)
    return people


def vouch_for_institution(person: User, *, by: User) -> None:
    """Mark the institution as confirmed by a superuser, or end the affiliation if there is none."""
    affiliations = Affiliation.objects.filter(person=person, ends_at=None)
    if person.institution_id is None:
        affiliations.update(ends_at=Now())
    else:
        affiliations.filter(institution=person.institution_id).update(vouched_by=by)


@transaction.atomic
def note_orcid(user: User, orcid: str) -> None:
    """Store a verified ORCID iD; whoever only typed it in loses it."""
    typed = User.objects.filter(orcid=orcid, orcid_verified_at=None).exclude(pk=user.pk)
    typed.update(orcid="")
    user.orcid, user.orcid_verified_at = orcid, timezone.now()
    user.save(update_fields=["orcid", "orcid_verified_at"])


def forget_proof_of_orcid(user: User) -> None:
    user.orcid_verified_at = None
    user.save(update_fields=["orcid_verified_at"])
