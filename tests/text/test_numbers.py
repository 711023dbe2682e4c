"""Numbers that people type: read in their language, or refused where two readers would differ."""

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils import translation

from lifecycle.catalogue.models import AIModel
from lifecycle.people.models import User
from lifecycle.text.numbers import Ambiguous, WholeField, file_size, read_whole
from requests_app.actions.requests import requests
from requests_app.models import AccessRequest, Capacity, Policy
from tests.conftest import ask_for
from tests.support.desk_client import decide, signed_in, text_of
from tests.support.page_client import Browser, fill, page
from tests.support.policy_pages import edit_page, typed
from tests.text.test_form_fields import admin_forms, our_forms

POSITIONS = {"ORDER", "TOTAL_FORMS", "INITIAL_FORMS", "MIN_NUM_FORMS", "MAX_NUM_FORMS"}
PRICES = {"input_price", "output_price"}  # in cents and less
HIDDEN = {"stage"}


@pytest.mark.parametrize(
    ("language", "written", "number"),
    [
        ("en", "1000", 1000),
        ("en", "1,000", 1000),
        ("de", "1.000", 1000),
        ("en", "1.000.000", 1_000_000),
        ("de", "1,000,000", 1_000_000),
        ("en", "10 000", 10_000),
        ("en", "10\xa0000", 10_000),
        ("de", "10\u202f000", 10_000),
        ("en", "10’000", 10_000),
        ("en", "\u22125", -5),
        ("en", " +7 ", 7),
        ("en", "٢٥٠", 250),
        ("en", "２５０", 250),
    ],
)
def test_number_is_read_in_the_readers_language(language: str, written: str, number: int) -> None:
    with translation.override(language):
        assert read_whole(written) == number
        assert WholeField().clean(written) == number


@pytest.mark.parametrize(("language", "written"), [("en", "1.000"), ("de", "1,000")])
def test_number_that_could_be_two_is_refused(language: str, written: str) -> None:
    with translation.override(language), pytest.raises(Ambiguous):
        WholeField(required=False).clean(written)


@pytest.mark.parametrize(
    "written",
    ["1.5", "1,5", "1.0", "1.00", "1,00", "1.0000", "1,000.000", "1 00", "1e3", "0x10", "ten", "²",
     "1.000,00", "1..000", "-", "- -1", "9" * 5000, "0.500", "0,500", "0 500", "000.000"],
)  # fmt: skip
@pytest.mark.parametrize("language", ["en", "de"])
def test_what_is_no_whole_number_is_refused(language: str, written: str) -> None:
    with translation.override(language), pytest.raises(ValidationError):
        WholeField(required=False).clean(written)


@pytest.mark.django_db
def test_every_number_that_is_typed_is_read_so_and_no_input_is_of_the_type_number() -> None:
    """For what an input of the type number can't read, a browser sends nothing at all."""
    walked = [
        (name, field)
        for form in [*our_forms(), *admin_forms()]
        for name, field in getattr(form, "base_fields", {}).items()
        if isinstance(field, forms.IntegerField) and name not in POSITIONS | HIDDEN
    ]
    assert len(walked) >= 10
    for name, field in walked:
        assert isinstance(field, forms.DecimalField if name in PRICES else WholeField), name
        assert field.widget.input_type == "text", name


@pytest.mark.django_db
def test_cost_of_a_thousand_in_german_is_stored_and_shown_back_as_that(
    policy: Policy, opus: AIModel, alice: User
) -> None:
    draft = requests.save(ask_for(opus), by=alice)
    browser = Browser(alice, headers={"accept-language": "de"})
    fill(browser, draft, "use", expected_cost="1.000")
    draft.revision.refresh_from_db()
    assert draft.revision.expected_cost == 1000
    assert "1.000 USD" in page(browser.get(f"/requests/{draft}/check/"))
    refused = page(fill(browser, draft, "use", expected_cost="2,000"))
    assert "ohne Punkte und Kommas" in refused


@pytest.mark.django_db
def test_capacity_on_the_desk_is_read_in_english_and_shown_back(
    policy: Policy, opus: AIModel, pat: User
) -> None:
    client, address = signed_in(pat), f"/admin/requests_app/policy/{policy.pk}/capacity/"
    refused = client.post(address, {"ai_model": opus.pk, "places": "1.000"})
    assert "Enter a number without dots or commas" in text_of(refused)
    assert not Capacity.objects.exists()
    sent = {"ai_model": opus.pk, "places": "1,000", "monthly_budget": "25 000"}
    saved = text_of(client.post(address, sent, follow=True))
    assert saved.count("1,000 places, 25,000 USD per month") == 2  # what was done, and what stands


@pytest.mark.django_db
def test_limits_of_a_policy_and_of_a_decision_are_not_guessed(
    policy: Policy, in_review: AccessRequest, pat: User, rita: User
) -> None:
    stage = in_review.stages.get()
    assert "Enter a number without dots or commas" in text_of(
        decide(rita, stage, "approve", days="1.000")
    )
    client = signed_in(pat)
    client.post(f"/admin/requests_app/policy/{policy.pk}/draft/")
    version = policy.versions.get(state="draft")
    changes = {"tokens_per_day": "1.000", "steps-0-condition": "costs_over"}
    sent = typed(client, version, {**changes, "steps-0-costs_over_value": "2.500"})
    shown = client.post(edit_page(version), sent).context
    assert "without dots or commas" in str(shown["form"].errors["tokens_per_day"])
    assert "without dots or commas" in str(shown["rows"].forms[0].errors["costs_over_value"])


@pytest.mark.parametrize(
    ("size", "english", "german"),
    [
        (10 * 2**20, "10 MB", "10 MB"),
        (1_572_864, "1.5 MB", "1,5 MB"),
        (105 * 2**20 // 10, "10.5 MB", "10,5 MB"),
        (1023, "1023 bytes", "1023 Bytes"),
    ],
)
def test_sizes_have_no_zero_after_the_point(size: int, english: str, german: str) -> None:
    with translation.override("en"):
        assert file_size(size).replace("\xa0", " ") == english
    with translation.override("de"):
        assert file_size(size).replace("\xa0", " ") == german
