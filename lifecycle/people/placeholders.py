"""What people type where they work at no institution: the one list of names that join nobody.

In comparable form. Whole names only: “Independent Research Institute” is a place.
"""

_ENGLISH = """
independent, independent researcher, independent scholar, independent consultant, unaffiliated, no
affiliation, none, no, nil, nothing, nowhere, n/a, n.a., n. a., na, not applicable, no
institution, no organisation, no organization, no company, self, self-employed, self employed,
selfemployed, freelance, freelancer, freelance researcher, private, private person, private
individual, personal, individual, retired, unemployed, unknown, other, home, me, myself
"""
_GERMAN = """
unabhängig, unabhaengig, unabhängige forscherin, unabhängiger forscher, keine, keiner, keines,
kein, keine angabe, keine zugehörigkeit, ohne, k. a., k.a., entfällt, nicht zutreffend,
selbstständig, selbständig, selbststaendig, selbstaendig, freiberuflich, freiberufler,
freiberuflerin, freischaffend, freie forscherin, freier forscher, privat, privatperson, im
ruhestand, arbeitslos, unbekannt
"""
_SIGNS = "-, --, –, —, ., .., ..., /, ?"

PLACEHOLDERS = sorted({
    name.strip() for names in (_ENGLISH, _GERMAN, _SIGNS) for name in names.split(",")
})  # fmt: skip
