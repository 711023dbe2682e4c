"""People and the institutions they work for."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _
from django_countries.fields import CountryField

from lifecycle.people import orcid, time_zones
from lifecycle.people.email.normalization import (
    NotAnAddress,
    comparable_address,
    leads_nowhere,
    stored_form,
)
from lifecycle.people.placeholders import PLACEHOLDERS
from lifecycle.text.folded_columns import ComparableField, Compared
from lifecycle.text.normalization import opaque_string
from lifecycle.text.validation import validate_line


def validate_email_address(email: str) -> None:
    """Refuse an address that no email can be delivered to as written."""
    try:
        is_fine = not leads_nowhere(stored_form(email))
    except NotAnAddress:
        is_fine = False
    if not is_fine:
        raise ValidationError(_("Enter one email address, like name@example.org."))


class InstitutionQuerySet(models.QuerySet["Institution"]):
    def standing(self) -> Self:
        """Institutions that haven't been merged into another."""
        return self.filter(merged_into=None)

    def curated(self) -> Self:
        """Institutions whose names are known to stand for one place, however they are typed."""
        own = models.Q(is_curated=True, is_placeholder=False)
        other = models.Q(merged_into__is_curated=True, merged_into__is_placeholder=False)
        return self.filter(own | other)

    def same_as(self, institutions: Iterable["Institution"]) -> Self:
        """These institutions under every name that was merged with theirs."""
        ids = {each.merged_into_id or each.pk for each in institutions}
        return self.filter(models.Q(pk__in=ids) | models.Q(merged_into__in=ids))


class Institution(Compared):
    """Where somebody works; the basis for conflicts of interest.

    One that was merged into another stays as a name of that. Nobody works at it any more: a trigger
    on the profile puts the other in its place.
    """

    name = models.CharField(max_length=200, validators=[validate_line])
    comparable_name = ComparableField(of="name")
    is_curated = models.BooleanField(
        "suggested in profiles",
        default=False,
        help_text="Names that people only typed aren't suggested.",
    )
    # The database says so, for the view of colleagues too.
    is_placeholder = models.GeneratedField(
        expression=models.Q(comparable_name__in=PLACEHOLDERS),  # type: ignore[arg-type]  # conditions, too
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Stands for no institution, like “Independent”, so it makes nobody colleagues.",
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="former_names",
    )

    objects = InstitutionQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.UniqueConstraint(
                "comparable_name", name="institution_name_is_unique_however_it_is_typed"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None)
                | ~models.Q(merged_into=models.F("pk")) & models.Q(is_curated=False),
                name="merged_institution_is_another_ones_name_alone",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=comparable_address(username or ""))


class User(Compared, AbstractBaseUser, PermissionsMixin):
    """A person, identified by email address. An inactive one isn't in good standing."""

    email = models.EmailField("email address", unique=True, validators=[validate_email_address])
    full_name = models.CharField(max_length=150, validators=[validate_line])
    comparable_name = ComparableField(of="full_name")
    institution = models.ForeignKey(
        Institution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        limit_choices_to={"merged_into": None},
        related_name="people",
    )
    orcid = models.CharField(
        "ORCID iD", max_length=19, blank=True, validators=[orcid.validate], help_text="Optional."
    )
    orcid_verified_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When its holder signed in with ORCID.",
        verbose_name="ORCID iD verified at",
    )
    country = CountryField(blank=True)
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        validators=[time_zones.validate],
        help_text="Like Europe/Berlin. If empty, pages use the browser's setting and emails UTC.",
    )
    language = models.CharField(
        max_length=10,
        blank=True,
        help_text="Like de. If empty, pages use the browser's setting and emails are in English.",
    )
    is_staff = models.BooleanField("can open the review desk", default=False)
    is_active = models.BooleanField("in good standing", default=True)
    mail_problem = models.CharField(
        max_length=200,
        blank=True,
        help_text="The mail server's error when it rejected the address.",
    )
    joined_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="email_is_lower_case"
            ),
            models.UniqueConstraint(
                "orcid", condition=~models.Q(orcid=""), name="orcid_belongs_to_one_person"
            ),
            models.CheckConstraint(
                condition=~models.Q(orcid="") | models.Q(orcid_verified_at=None),
                name="verified_orcid_is_there",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password if raw_password is None else opaque_string(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Check the normalized password, then as typed for one set before normalization."""
        if raw_password is None:
            return super().check_password(None)
        forms = dict.fromkeys((opaque_string(raw_password), raw_password))
        return any(super(User, self).check_password(each) for each in forms)

    def clean(self) -> None:
        if not self._keeps_email():
            self.email = comparable_address(self.email)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is None or "email" in update_fields:
            self.email = self.email if self._keeps_email() else stored_form(self.email)
        super().save(*args, update_fields=update_fields, **kwargs)

    def _keeps_email(self) -> bool:
        """Return whether the address is unchanged; one that predates the rules may stay."""
        try:
            if stored_form(self.email) == self.email:
                return True
        except NotAnAddress:
            pass
        return User.objects.filter(pk=self.pk, email=self.email).exists()


class Affiliation(models.Model):
    """A period in which a person named an institution as their own.

    A trigger on the profile writes it by the database's clock. Naming another institution ends it,
    an empty profile doesn't, so nobody can drop a conflict of interest by saying nothing.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="affiliations")
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, related_name="affiliations"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    vouched_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The superuser who confirmed it.",
    )

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                "person", condition=models.Q(ends_at=None), name="person_works_at_one_place"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")),
                name="affiliation_ends_after_its_start",
            ),
            models.CheckConstraint(
                condition=~models.Q(vouched_by=models.F("person")),
                name="affiliation_not_vouched_for_by_its_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} at {self.institution_id}"
