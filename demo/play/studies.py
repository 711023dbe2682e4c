"""What people in the play want a retired model for: a title, and the purpose."""

from typing import NamedTuple


class Study(NamedTuple):
    """`{model}` in the purpose is the name of the model that is asked for."""

    title: str
    purpose: str


MEDICAL = Study(
    "Refusals about medical advice, then and now",
    "Compare how {model} refuses, and explains its refusals, with how its successors do, on "
    "400 published prompts about medical advice.\n\nNewer models can't stand in for it: the "
    "study that we repeat was made with this one. Prompts, answers and code will be "
    "published.",
)
STUDIES = {
    "jonas": Study(
        "Does agreement grow over long conversations?",
        "Measure whether {model} agrees more with a user the longer a conversation lasts, with "
        "the 120 scripted conversations of our paper of 2024, which reported it for this model.",
    ),
    "mei": Study(
        "Translating idioms without a context",
        "Repeat a shared task on 600 Chinese idioms in which {model} took part. Its outputs were "
        "never published, and reviewers of our survey ask for them.",
    ),
    "tomas": Study(
        "Poems in fixed metres",
        "Collect 500 sonnets by {model} for a course on metre, so that students can compare "
        "generations of models line by line.",
    ),
    "ines": Study(
        "How models talk about their own retirement",
        "Ask {model} and its successors the same 80 questions about deprecation, in four "
        "languages, and code the answers by a scheme that we registered in advance.",
    ),
    "olga": Study(
        "Character across a conversation of 100 turns",
        "Follow how steady the described character of {model} stays over 100 turns. Earlier work "
        "stopped at 20, and only this model was described by its makers in enough detail to "
        "compare.",
    ),
    "kofi": Study(
        "Citations that don't exist",
        "Count invented citations in answers of {model} to 300 questions about law in West "
        "Africa, as the baseline that two later studies left out.",
    ),
    "bram": Study(
        "Drift of a classifier's labels",
        "Label our 2,000 test sentences again with {model}, whose labels trained a classifier "
        "that is still in use, to see what has drifted: the sentences, or the model that we "
        "replaced it with.",
    ),
    "dara": Study(
        "Answers for patients with low literacy",
        "Rate the reading level of what {model} answers to 250 questions of patients, for a "
        "comparison over five generations of models that lacks this one.",
    ),
    "yuki": Study(
        "Keeping a museum exhibit running",
        "An exhibit about conversation shows {model} as visitors met it. We keep it "
        "running for the last weeks of the exhibition, with the transcripts deleted each night.",
    ),
    "vera": Study(
        "Benchmarks behind closed doors",
        "Run our internal benchmark against {model} once more, before its scores are taken off "
        "our chart.",
    ),
    "lena": Study(
        "Höflichkeit in Beschwerdebriefen",
        "Wir vergleichen, wie {model} und seine Nachfolger 200 Beschwerdebriefe beantworten, und "
        "bewerten die Höflichkeit nach einem veröffentlichten Schema. Für die erste Studie war "
        "dieses Modell die Grundlage.",
    ),
}


def study_of(short: str) -> Study:
    return STUDIES.get(short, MEDICAL)
