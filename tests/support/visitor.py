"""What people may have done on the demo's data since it last ran.

Started by `python -m tests.support.visitor`.
"""

from dataclasses import replace

from demo import data, environment
from demo.__main__ import only_one
from lifecycle.embedded import embedded


def main() -> None:
    with only_one():
        environment.prepare()
        data.prepare()
        iris_asks_in_german()
        pat_and_lee_ask_a_question()
    embedded.leave()


def iris_asks_in_german() -> None:
    from demo.play.acts import complete
    from lifecycle.people import profiles
    from lifecycle.people.models import User
    from requests_app.actions.requests import requests

    iris = User.objects.get(email="iris@example.org")
    profiles.note_language(iris, "de")
    requests.save(complete("iris"), by=iris)


def pat_and_lee_ask_a_question() -> None:
    from demo.people import POLICY
    from lifecycle.people.models import User
    from requests_app.actions import policies
    from requests_app.models import Policy
    from requests_app.models.review.question import Question
    from requests_app.validation.policy_version import version_input_of

    pat, lee = (User.objects.get(email=f"{name}@example.org") for name in ("pat", "lee"))
    policy = Policy.objects.get(slug=POLICY)
    assert policy.current
    question = Question("method", "How will you tell?", required=True)
    text = replace(version_input_of(policy.current), questions=(question,))
    policies.publish(policies.draft(policy, text, by=pat), by=lee)


if __name__ == "__main__":
    main()
