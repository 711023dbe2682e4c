"""Who is in the play besides the people of the demo."""

from demo.people import REVIEWERS
from demo.play.acts import group, join, person, review_as
from demo.play.rulebook import LEADS, ON_CALL, SAFETY, SMALL_TEAM

ASKERS = {
    "noor": ("Noor Haddad", "Example University"),
    "jonas": ("Jonas Weber", "Institute for Examples"),
    "mei": ("Mei Chen", "Sample College"),
    "tomas": ("Tomás Ruiz", ""),
    "ines": ("Inês Costa", "Example University"),
    "olga": ("Olga Lindgren", "Sample College"),
    "kofi": ("Kofi Mensah", "Example University"),
    "bram": ("Bram de Vries", "Institute for Examples"),
    "dara": ("Dara Okafor", "Sample College"),
    "yuki": ("Yuki Tanaka", ""),
    "vera": ("Vera Novák", "Laboratory for Closed Things"),
    "theo": ("Theo Brandt", ""),
    "uma": ("Uma Rao", ""),
    "ravi": ("Ravi Iyer", ""),
    "new": ("Zoë Newman", ""),
}
GERMAN = {"lena": ("Lena Fischer", "Institut für Beispiele")}


def arrive(password: str) -> None:
    """Askers can sign in with this password; the two reviewers needn't."""
    for short, (name, institution) in ASKERS.items():
        join(short, name, institution, password)
    for short, (name, institution) in GERMAN.items():
        join(short, name, institution, password, language="de")
    review_as("nia", "Nia Petrova", REVIEWERS, SMALL_TEAM)
    review_as("kim", "Kim Larsen", SAFETY, ON_CALL)
    for short, name in (("sam", SAFETY), ("rita", SMALL_TEAM), ("admin", LEADS)):
        person(short).groups.add(group(name))
