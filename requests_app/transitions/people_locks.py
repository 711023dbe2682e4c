"""Lock people and institutions, in the order that `locks` names."""

from lifecycle.people.models import Institution, User

# Raw, because querysets have no FOR SHARE.
SHARE_INSTITUTION = "SELECT * FROM people_institution WHERE id = %s FOR SHARE"


def lock_person(person: User) -> User:
    """Lock a person, so that two actions of theirs run one after the other."""
    # Without the key lock, inserts that only refer to this person aren't held up.
    return User.objects.select_for_update(no_key=True).get(pk=person.pk)


def lock_institution(institution: Institution) -> Institution:
    """Lock an institution against being merged; whoever is put at it meanwhile waits.

    It is locked before people: a profile's trigger shares this lock when it changes institution.
    """
    return Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)


def lock_merger(old: Institution, into: Institution) -> dict[int, Institution]:
    """Lock an institution that is merged, and keep the other one as it is.

    The other is only shared, so people who are put there needn't wait for this.
    """
    exclusive = Institution.objects.select_for_update(no_key=True)
    found: dict[int, Institution] = {}
    for pk in sorted((old.pk, into.pk)):
        if pk == old.pk:
            found[pk] = exclusive.get(pk=pk)
        else:
            [found[pk]] = Institution.objects.raw(SHARE_INSTITUTION, [pk])
    return found


def lock_people(*people: User) -> dict[int, User]:
    rows = User.objects.filter(pk__in=[person.pk for person in people]).order_by("pk")
    return {row.pk: row for row in rows.select_for_update(no_key=True)}


def lock_superusers() -> None:
    """Lock all superusers before one of them is removed."""
    rows = User.objects.filter(is_superuser=True).order_by("pk")
    list(rows.select_for_update(no_key=True))
