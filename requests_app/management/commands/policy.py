"""`manage.py policy export|check|import`: policies as YAML files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lifecycle.people.email import addresses
from requests_app.actions import policies
from requests_app.models import Policy, PolicyVersion
from requests_app.policy_files import export, policy_file
from requests_app.policy_files.expectations import of_the_named_policy
from requests_app.refusals import Invalid, Refusal
from requests_app.wording import policies as policy_wording


class Command(BaseCommand):
    help = "Export a policy to a file, check a file, or create a draft from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        export = what.add_parser("export", help="write a version as YAML")
        export.add_argument("slug", help="the policy's short name")
        about = "which one; without it, the one in force, or else the newest draft"
        export.add_argument("--version", dest="number", type=int, metavar="N", help=about)
        check = what.add_parser("check", help="check a file without saving anything")
        bring = what.add_parser(
            "import", help="create a draft from a file, unless nothing has changed"
        )
        for each in (check, bring):
            each.add_argument("file", type=Path)
        about = "the email address of the policy owner drafting it; another owner publishes it"
        bring.add_argument("--as", dest="email", required=True, metavar="EMAIL", help=about)

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "export":
            version = find(options["slug"], options["number"])
            self.stdout.write(export.write(version), ending="")
        elif what == "check":
            self.stdout.write("\n".join(describe(read(options["file"]))))
        else:
            self.stdout.write(import_file(read(options["file"]), options["email"]))


def find(slug: str, number: int | None) -> PolicyVersion:
    policy = Policy.objects.filter(slug=slug).first()
    if policy is None:
        slugs = ", ".join(Policy.objects.order_by("slug").values_list("slug", flat=True))
        raise CommandError(
            f"There is no policy “{slug}”. Existing policies: {slugs or 'none yet'}."
        )
    newest = policy.versions.order_by("-number")
    if number is not None:
        version = newest.filter(number=number).first()
    else:
        version = policy.current or newest.first()
    if version is None:
        raise CommandError(f"{policy} has no version{f' {number}' if number else ' yet'}.")
    return version


def read(path: Path) -> policy_file.PolicyFile:
    try:
        text = path.read_text("utf-8-sig")
        return policy_file.read(text, path.name, of_the_named_policy)
    except OSError as error:
        raise CommandError(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} isn't UTF-8 (byte {error.start}). Save it as UTF-8.") from None
    except policy_file.InvalidPolicyFile as bad:
        lines = ["Nothing was saved. Correct these and try again:", *bad.problems]
        raise CommandError("\n".join(lines)) from None


def import_file(file: policy_file.PolicyFile, email: str) -> str:
    by = addresses.person_at(email)
    if by is None:
        raise CommandError(f"No account has the address {email}.")
    try:
        version, is_new = policies.import_version(
            file.slug,
            file.text,
            by=by,
            name=file.name,
            owners=file.owners,
            ai_models=file.ai_models,
        )
    except Invalid as refusal:
        raise CommandError("\n".join(refusal.errors.values())) from None
    except Refusal as refusal:
        raise CommandError(refusal.sentence) from None
    if is_new:
        return f"{version} is drafted. An owner other than {by} has to publish it."
    return f"{version} is already the same. Nothing was saved."


def describe(file: policy_file.PolicyFile) -> list[str]:
    """Return the content of the file in words."""
    lines = [f"{file.name} can be imported:", *policy_wording.version_sentences(file.text)]
    for position, step in enumerate(file.text.steps, start=1):
        sentences = policy_wording.step_sentences(step, file.text.country)
        lines.append(f"{position}. {step.name}: {' '.join(sentences)}")
    return lines
