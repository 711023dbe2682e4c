"""Editing the catalogue: at once, or with a second editor where people can request the model."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError

from lifecycle.catalogue.models import (
    AccessRoute,
    AIModel,
    Promise,
    Provider,
    Replacement,
    Retirement,
    Source,
    WeightsCustody,
)
from lifecycle.people.models import User
from requests_app.actions import proposals
from requests_app.actions.catalogue import editing, promises
from requests_app.actions.endings import account_deletion
from requests_app.models import Event, Notice, Policy, Proposal
from requests_app.refusals import Invalid, NotAllowed, WrongState
from requests_app.rules.catalogue import EDITORS_ONLY
from requests_app.states import ProposalState
from requests_app.transitions import audit_chain
from tests.catalogue.test_admin import as_posted
from tests.conftest import person
from tests.support.concurrency import at_once
from tests.support.desk_client import signed_in, text_of
from tests.voice.conftest import editor

pytestmark = pytest.mark.django_db

PAGE = "https://lab.example/page"
WHY = "The provider's page says so."
LATER = {"retirements-0-retires": "2026-02-01"}


@pytest.fixture
def emil(db: None) -> User:
    """Another editor."""
    return editor(person("emil", staff=True))


def page_of(ai_model: AIModel) -> str:
    return f"/admin/catalogue/aimodel/{ai_model.pk}/change/"


def save(who: User, ai_model: AIModel, fields: dict[str, Any], reason: str = WHY) -> Any:
    """Change these fields on the desk's page as a browser would."""
    desk, page = signed_in(who), page_of(ai_model)
    data = as_posted(desk.get(page)) | {"reason": reason} | fields
    return desk.post(page, data, follow=True)


def renaming(ai_model: AIModel, name: str) -> Callable[[], object]:
    return lambda: AIModel.objects.filter(pk=ai_model.pk).update(name=name)


def end_of(ai_model: AIModel) -> date | None:
    return Retirement.objects.get(ai_model=ai_model).retires


def last_event(ai_model: AIModel) -> Event:
    event = Event.objects.filter(ai_model=ai_model).last()
    assert event
    return event


# A model that nobody can request ----------------------------------------------------------------


def test_change_is_made_at_once_and_recorded(opus: AIModel, erin: User) -> None:
    answer = save(erin, opus, LATER)
    assert "Claude Opus 3 was saved." in text_of(answer)
    assert end_of(opus) == date(2026, 2, 1)
    event = last_event(opus)
    assert (event.actor, event.details["reason"]) == (erin, WHY)
    assert event.details["changes"] == [
        "retirement “Claude API, 2026-01-05”: retires 2026-01-05 → 2026-02-01"
    ]
    assert not list(audit_chain.problems())


def test_change_needs_a_reason_and_nothing_typed_is_lost(opus: AIModel, erin: User) -> None:
    answer = save(erin, opus, LATER, reason=" ")
    assert answer.status_code == 422
    assert editing.REASON_REQUIRED in text_of(answer)
    assert 'value="2026-02-01"' in answer.content.decode()
    assert end_of(opus) == date(2026, 1, 5)
    assert not Event.objects.filter(ai_model=opus).exists()


def test_nothing_changed_is_no_change(opus: AIModel, erin: User) -> None:
    save(erin, opus, {}, reason="")
    assert not Event.objects.filter(ai_model=opus).exists()


def test_every_kind_of_row_is_told(opus: AIModel, erin: User) -> None:
    rows = {
        "name": "Opus",
        "replacements-TOTAL_FORMS": 1,
        "replacements-0-position": 1,
        "replacements-0-identifier": "claude-opus-4",
        "aliases-TOTAL_FORMS": 1,
        "aliases-0-identifier": "claude-3-opus-latest",
        "access_routes-0-where": "by form",
    }
    save(erin, opus, rows)
    assert last_event(opus).details["changes"] == [
        "AI model “Claude Opus 3”: name Claude Opus 3 → Opus",
        "access route “By request”: where none → by form",
        "replacement “claude-opus-4” added: AI model Opus; position 1; identifier claude-opus-4",
        "alias “claude-3-opus-latest” added: AI model Opus; identifier claude-3-opus-latest",
    ]


def test_date_that_moved_before_is_no_part_of_an_edit(opus: AIModel, erin: User) -> None:
    save(erin, opus, LATER)
    Retirement.objects.update(retires=date(2026, 3, 1))
    editing.edit(opus, renaming(opus, "Opus"), by=erin, reason=WHY)
    told = Event.objects.filter(ai_model=opus).values_list("actor", "details__dates")
    assert list(told) == [(erin.pk, ["2026-02-01"]), (None, ["2026-03-01"]), (erin.pk, None)]


def test_only_editors_change_the_catalogue(opus: AIModel, rita: User) -> None:
    assert signed_in(rita).get(page_of(opus)).status_code == 403
    with pytest.raises(NotAllowed, match=EDITORS_ONLY):
        editing.edit(opus, renaming(opus, "Opus"), by=rita, reason=WHY)
    provider = opus.provider
    for act in (
        lambda: editing.edit_provider(provider, provider.delete, by=rita, reason=WHY),
        lambda: editing.add_provider(lambda: provider, by=rita, reason=WHY),
        lambda: editing.add(lambda: opus, by=rita, reason=WHY),
    ):
        with pytest.raises(NotAllowed, match=EDITORS_ONLY):
            act()
    assert AIModel.objects.get().name == "Claude Opus 3"


def test_editor_who_left_the_group_meanwhile_changes_nothing(opus: AIModel, erin: User) -> None:
    erin.groups.clear()
    with pytest.raises(NotAllowed, match=EDITORS_ONLY):
        editing.edit(opus, renaming(opus, "Opus"), by=erin, reason=WHY)


def test_new_model_and_provider_have_their_events(erin: User) -> None:
    desk = signed_in(erin)
    page = "/admin/catalogue/provider/add/"
    desk.post(page, as_posted(desk.get(page)) | {"slug": "lab", "name": "Lab"})
    lab = Provider.objects.get(slug="lab")
    page = "/admin/catalogue/aimodel/add/"
    fields = {"identifier": "m-1", "name": "M 1", "provider": lab.pk}
    route = {"access_routes-TOTAL_FORMS": 1, "access_routes-0-kind": "none"}
    assert desk.post(page, as_posted(desk.get(page)) | fields | route).status_code == 302
    kinds = Event.objects.values_list("kind", "provider__slug", "ai_model__identifier")
    assert list(kinds) == [("provider.added", "lab", None), ("model.added", None, "m-1")]


def test_change_of_a_provider_is_recorded_in_its_own_chain(opus: AIModel, erin: User) -> None:
    desk, page = signed_in(erin), f"/admin/catalogue/provider/{opus.provider_id}/change/"
    desk.post(page, as_posted(desk.get(page)) | {"notice_days": "60"})
    event = Event.objects.get(provider=opus.provider)
    assert event.kind == "provider.corrected"
    assert event.details["changes"] == ["provider “Anthropic”: notice days none → 60"]


# A model that people can request ----------------------------------------------------------------


def proposed(erin: User, opus: AIModel) -> Proposal:
    save(erin, opus, LATER)
    return Proposal.objects.get()


def test_change_waits_for_another_editor(policy: Policy, opus: AIModel, erin: User) -> None:
    answer = save(erin, opus, LATER)
    assert "Nothing has changed yet: people can request Claude Opus 3" in text_of(answer)
    assert end_of(opus) == date(2026, 1, 5)
    assert "was saved" not in text_of(answer)
    page = re.search(r'href="(/admin/requests_app/proposal/\d+/change/)"', answer.content.decode())
    assert page
    shown = text_of(signed_in(erin).get(page[1]))
    assert "retires 2026-01-05 → 2026-02-01" in shown
    assert "You proposed this change, so another editor has to decide on it." in shown


def test_other_editor_accepts_it(policy: Policy, opus: AIModel, erin: User, emil: User) -> None:
    proposal = proposed(erin, opus)
    (mail,) = Notice.objects.filter(template="proposal_made")
    assert mail.recipient == emil
    home = text_of(signed_in(emil).get("/admin/"))
    page = f"/admin/requests_app/proposal/{proposal.pk}/"
    link = f'<a href="{page}change/" data-row>Claude Opus 3</a>'
    assert f"Change to the catalogue to decide on: {link}" in home
    answer = signed_in(emil).post(f"{page}decide/", {"choice": "accept"}, follow=True)
    assert "The change is accepted." in text_of(answer)
    assert end_of(opus) == date(2026, 2, 1)
    kinds = Event.objects.filter(ai_model=opus).values_list("kind", "actor")
    assert list(kinds) == [
        ("proposal.made", erin.pk),
        ("proposal.accepted", emil.pk),
        ("model.corrected", erin.pk),
    ]
    told = Notice.objects.filter(template="proposal_decided")
    assert [notice.recipient for notice in told] == [erin]


def test_what_a_person_set_is_kept_from_files_after_acceptance(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    proposals.accept(proposed(erin, opus), by=emil)
    assert Retirement.objects.get(ai_model=opus).set_by_people == {"retires": "2026-01-05"}


def test_proposer_cannot_accept_their_own(policy: Policy, opus: AIModel, erin: User) -> None:
    proposal = proposed(erin, opus)
    with pytest.raises(NotAllowed, match="another editor has to decide"):
        proposals.accept(proposal, by=erin)
    with pytest.raises(IntegrityError, match="proposal_is_decided_by_somebody_else"):
        Proposal.objects.update(state="accepted", closed_by=erin, closed_at=proposal.proposed_at)


def test_declined_with_a_reason(policy: Policy, opus: AIModel, erin: User, emil: User) -> None:
    proposal, desk = proposed(erin, opus), signed_in(emil)
    page = f"/admin/requests_app/proposal/{proposal.pk}/decide/"
    assert "Give a reason." in text_of(desk.post(page, {"choice": "decline"}))
    desk.post(page, {"choice": "decline", "reason": "The page doesn't say so."})
    proposal.refresh_from_db()
    assert (proposal.state, proposal.closing_reason) == ("declined", "The page doesn't say so.")
    assert end_of(opus) == date(2026, 1, 5)


def test_withdrawn_by_its_proposer_only(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    proposal = proposed(erin, opus)
    with pytest.raises(NotAllowed, match="Only the editor who proposed"):
        proposals.withdraw(proposal, by=emil)
    assert proposals.withdraw(proposal, by=erin).state == ProposalState.WITHDRAWN
    with pytest.raises(WrongState, match="This proposed change is withdrawn"):
        proposals.accept(proposal, by=emil)


def test_one_change_waits_at_a_time(policy: Policy, opus: AIModel, erin: User, emil: User) -> None:
    proposed(erin, opus)
    answer = save(emil, opus, {"name": "Opus"})
    assert answer.status_code == 409
    assert proposals.ONE_WAITS in text_of(answer)
    assert 'value="Opus"' in answer.content.decode()


def test_overtaken_change_is_refused_whole(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    save(erin, opus, {**LATER, "name": "Opus"})
    Retirement.objects.update(retires=date(2026, 3, 1))
    with pytest.raises(WrongState, match="has changed since this was proposed"):
        proposals.accept(Proposal.objects.get(), by=emil)
    assert AIModel.objects.get().name == "Claude Opus 3"


def test_row_that_a_file_added_meanwhile_is_refused_with_a_sentence(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    save(erin, opus, {"aliases-TOTAL_FORMS": 1, "aliases-0-identifier": "opus-latest"})
    opus.aliases.create(identifier="opus-latest")
    with pytest.raises(WrongState, match="has changed since this was proposed"):
        proposals.accept(Proposal.objects.get(), by=emil)


def test_change_of_an_editor_who_left_is_refused(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    proposal = proposed(erin, opus)
    erin.groups.clear()
    with pytest.raises(WrongState, match=proposals.AUTHOR_LEFT):
        proposals.accept(proposal, by=emil)
    # Whoever answers for the weights proposes checks of them, and nothing else.
    WeightsCustody.objects.create(
        ai_model=opus, kept="all", custodian="Lab", kept_while="ever", responsible=erin
    )
    with pytest.raises(WrongState, match=proposals.AUTHOR_LEFT):
        proposals.accept(proposal, by=emil)
    assert end_of(opus) == date(2026, 1, 5)


def test_nobody_who_left_is_named_for_a_promise(
    policy: Policy, opus: AIModel, erin: User, emil: User, eve: User
) -> None:
    text = promises.PromiseInput("other", "Kept.", "Lab", condition="ever")
    proposal = promises.add(opus, text, by=erin, owner=eve, reason=WHY)
    account_deletion.delete_account(eve, by=eve)
    with pytest.raises(WrongState, match="has changed since this was proposed"):
        proposals.accept(proposal, by=emil)
    assert not Promise.objects.exists()


def test_rows_are_added_and_deleted_after_acceptance(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    Replacement.objects.create(ai_model=opus, position=1, identifier="old")
    rows = {
        "replacements-TOTAL_FORMS": 2,
        "replacements-0-DELETE": "on",
        "replacements-1-position": 2,
        "replacements-1-identifier": "new",
    }
    save(erin, opus, rows)
    assert [row.identifier for row in opus.replacements.all()] == ["old"]
    proposals.accept(Proposal.objects.get(), by=emil)
    assert [row.identifier for row in opus.replacements.all()] == ["new"]


def test_opening_a_model_to_requests_needs_a_second_editor(
    policy: Policy, opus: AIModel, erin: User
) -> None:
    opus.access_routes.update(kind="none")
    assert editing.edit(opus, renaming(opus, "Opus"), by=erin, reason=WHY) is None
    route = opus.access_routes.filter(kind="none")
    assert editing.edit(opus, lambda: route.update(kind="request"), by=erin, reason=WHY)
    assert opus.access_routes.get().kind == "none"


def test_reason_is_needed_for_a_proposal_too(policy: Policy, opus: AIModel, erin: User) -> None:
    with pytest.raises(Invalid):
        editing.edit(opus, renaming(opus, "Opus"), by=erin, reason="")
    assert not Proposal.objects.exists()
    assert AIModel.objects.get().name == "Claude Opus 3"


def test_promises_wait_too(
    policy: Policy, opus: AIModel, erin: User, emil: User, eve: User
) -> None:
    """Each has the event then that it would have had at once."""
    desk, made = signed_in(erin), "/admin/catalogue/promise/"
    sent = {"ai_model": opus.pk, "kind": "other", "text": "Kept.", "promised_by": "Lab"}
    sent |= {"condition": "ever", "source": "https://lab.example/", "source_kind": "provider"}
    assert editing.REASON_REQUIRED in text_of(desk.post(f"{made}add/", sent))
    answer = desk.post(f"{made}add/", sent | {"reason": WHY}, follow=True)
    assert "waits for another editor" in text_of(answer)
    assert "text Kept." in text_of(answer)
    assert not Promise.objects.exists()
    accept_waiting(emil)
    page = f"{made}{Promise.objects.get(source__url='https://lab.example/').pk}/"
    desk.post(f"{page}assign/", {"owner": eve.email, "reason": WHY})
    accept_waiting(emil)
    noted = {"outcome": "ended", "on": "2026-01-05", "words": "It closed."}
    desk.post(f"{page}note/", noted)
    assert Promise.objects.get().ended_on is None
    accept_waiting(emil)
    assert recorded_of(opus) == [
        ("promise.recorded", erin.pk, {"kind": "other", "text": "Kept."}),
        ("promise.assigned", erin.pk, {"owner": str(eve.pk)}),
        ("promise.noted", erin.pk, noted),
    ]


def test_checks_of_weights_wait_too(policy: Policy, opus: AIModel, emil: User, eve: User) -> None:
    custody = WeightsCustody.objects.create(
        ai_model=opus, kept="all", custodian="Lab", kept_while="ever", responsible=eve
    )
    User.objects.filter(pk=eve.pk).update(is_staff=True)
    check = {"digest": "sha256:" + "9f" * 32, "on": "2026-01-05"}
    page = f"/admin/catalogue/weightscustody/{custody.pk}/check/"
    answer = signed_in(eve).post(page, check, follow=True)
    assert "waits for another editor" in text_of(answer)
    accept_waiting(emil)
    custody.refresh_from_db()
    assert custody.checked_on == date(2026, 1, 5)
    recorded = {**check, "before": "", "reason": "Checked on 2026-01-05."}
    assert recorded_of(opus) == [("weights.checked", eve.pk, recorded)]
    again = check | {"digest": "sha256:" + "ab" * 32, "reason": "Read twice."}
    signed_in(eve).post(page, again)  # on the same day
    accept_waiting(emil)
    failed = {"before": check["digest"], "expected": check["digest"]}
    assert recorded_of(opus)[1:] == [("weights.checked", eve.pk, again | failed)]


def recorded_of(ai_model: AIModel) -> list[tuple[Any, ...]]:
    """Kind, actor and details of its events but those of the proposals; its chain holds."""
    assert not list(audit_chain.problems())
    events = Event.objects.filter(ai_model=ai_model).exclude(kind__startswith="proposal.")
    return list(events.values_list("kind", "actor", "details"))


def accept_waiting(by: User) -> None:
    proposals.accept(Proposal.objects.get(state="waiting"), by=by)


@pytest.mark.django_db(transaction=True)
def test_source_that_somebody_else_adds_meanwhile_is_no_part_of_a_proposal(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    def cite() -> None:
        at_once(lambda: Source.objects.create(url=f"{PAGE}2", kind="provider"))
        own = Source.objects.get_or_create(url=PAGE, defaults={"kind": "provider"})[0]
        opus.access_routes.update(source=own)

    editing.edit(opus, cite, by=erin, reason=WHY)
    accept_waiting(emil)
    assert opus.access_routes.get().source == Source.objects.get(url=PAGE)
    AccessRoute.objects.update(source=None)
    Source.objects.filter(url=PAGE).delete()

    def cite_theirs() -> None:
        at_once(lambda: Source.objects.create(url=PAGE, kind="provider"))
        cite()

    Source.objects.filter(url=f"{PAGE}2").delete()
    editing.edit(opus, cite_theirs, by=erin, reason=WHY)
    accept_waiting(emil)
    assert opus.access_routes.get().source == Source.objects.get(url=PAGE)


@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_decides(
    policy: Policy, opus: AIModel, erin: User, emil: User
) -> None:
    zoe = editor(person("zoe", staff=True))
    proposal = proposed(erin, opus)
    outcomes = at_once(
        lambda: proposals.accept(proposal, by=emil),
        lambda: proposals.decline(proposal, by=zoe, reason="No."),
    )
    assert sum(isinstance(outcome, WrongState) for outcome in outcomes) == 1
    proposal.refresh_from_db()
    is_accepted = proposal.state == ProposalState.ACCEPTED
    assert end_of(opus) == (date(2026, 2, 1) if is_accepted else date(2026, 1, 5))
    assert not list(audit_chain.problems())
