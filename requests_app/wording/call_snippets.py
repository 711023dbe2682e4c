"""Code that calls a model with the official SDKs; nothing of it holds a key."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

from lifecycle.catalogue.models import AccessRoute

ANTHROPIC, OPENAI, COMPLETIONS = "anthropic", "openai", "completions"
_CURL_ANTHROPIC = r"""curl $unbuffered"$$ANTHROPIC_BASE_URL/v1/messages" \
  -H "x-api-key: $$ANTHROPIC_API_KEY" \
  -H "anthropic-version: 2023-06-01" \
  -H "content-type: application/json" \
  -d $body"""
_CURL_OPENAI = r"""curl $unbuffered"$$OPENAI_BASE_URL/$path" \
  -H "Authorization: Bearer $$OPENAI_API_KEY" \
  -H "Content-Type: application/json" \
  -d $body"""
_PYTHON_ANTHROPIC = """import anthropic

client = anthropic.Anthropic()  # reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
message = client.messages.create(
    model=$model,
    max_tokens=200,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(message.content[0].text)"""
_PYTHON_ANTHROPIC_STREAM = """import anthropic

client = anthropic.Anthropic()  # reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
with client.messages.stream(
    model=$model,
    max_tokens=200,
    messages=[{"role": "user", "content": "Hello!"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)"""
_PYTHON_OPENAI = """import openai

client = openai.OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL
answer = client.$method.create(
    model=$model,
    max_tokens=200,
    $prompt_py,
)
print(answer.choices[0].$text)"""
_PYTHON_OPENAI_STREAM = """import openai

client = openai.OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL
stream = client.$method.create(
    model=$model,
    max_tokens=200,
    $prompt_py,
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].$piece or "", end="", flush=True)"""
_TYPESCRIPT_ANTHROPIC = """import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic(); // reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
const message = await client.messages.create({
  model: $model,
  max_tokens: 200,
  messages: [{ role: "user", content: "Hello!" }],
});
for (const block of message.content) {
  if (block.type === "text") console.log(block.text);
}"""
_TYPESCRIPT_ANTHROPIC_STREAM = """import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic(); // reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
const stream = client.messages.stream({
  model: $model,
  max_tokens: 200,
  messages: [{ role: "user", content: "Hello!" }],
});
stream.on("text", (text) => process.stdout.write(text));
await stream.finalMessage();"""
_TYPESCRIPT_OPENAI = """import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
const answer = await client.$method.create({
  model: $model,
  max_tokens: 200,
  $prompt_ts,
});
console.log(answer.choices[0].$text);"""
_TYPESCRIPT_OPENAI_STREAM = """import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
const stream = await client.$method.create({
  model: $model,
  max_tokens: 200,
  $prompt_ts,
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.$piece ?? "");
}"""
_MESSAGES = [{"role": "user", "content": "Hello!"}]
_OPENAI_WORDS = {
    OPENAI: {
        "path": "chat/completions",
        "method": "chat.completions",
        "prompt_py": 'messages=[{"role": "user", "content": "Hello!"}]',
        "prompt_ts": 'messages: [{ role: "user", content: "Hello!" }]',
        "text": "message.content",
        "piece": "delta.content",
    },
    COMPLETIONS: {
        "path": "completions",
        "method": "completions",
        "prompt_py": 'prompt="Once upon a time"',
        "prompt_ts": 'prompt: "Once upon a time"',
        "text": "text",
        "piece": "text",
    },
}


@dataclass(frozen=True)
class Snippet:
    """Code in one language, and the same with streaming; `install` is a command or empty."""

    slug: str
    language: str
    install: str
    whole: str
    streaming: str


@dataclass(frozen=True)
class APIGuide:
    """How to call a model by one API: `environment` are commands for a shell."""

    slug: str
    name: str
    environment: str
    snippets: tuple[Snippet, ...]


def guides(identifier: str, base_url: str, api: str, operations: list[str]) -> Iterator[APIGuide]:
    """Yield a guide for each API that a grant's operations and the model's server allow."""
    if "messages" not in operations:
        if api != AccessRoute.API.ANTHROPIC:
            yield _openai(COMPLETIONS, "OpenAI, completions", identifier, base_url)
        return
    if api != AccessRoute.API.OPENAI:
        yield _anthropic(identifier, base_url)
    if api != AccessRoute.API.ANTHROPIC:
        yield _openai(OPENAI, "OpenAI, chat completions", identifier, base_url)


def _anthropic(identifier: str, base_url: str) -> APIGuide:
    body = {"model": identifier, "max_tokens": 200, "messages": _MESSAGES}
    return APIGuide(
        ANTHROPIC,
        "Anthropic, Messages",
        _environment("ANTHROPIC", base_url),
        (
            _curl(ANTHROPIC, _CURL_ANTHROPIC, body),
            Snippet(
                "anthropic-python",
                "Python",
                "pip install anthropic",
                _filled(_PYTHON_ANTHROPIC, identifier),
                _filled(_PYTHON_ANTHROPIC_STREAM, identifier),
            ),
            Snippet(
                "anthropic-typescript",
                "TypeScript",
                "npm install @anthropic-ai/sdk",
                _filled(_TYPESCRIPT_ANTHROPIC, identifier),
                _filled(_TYPESCRIPT_ANTHROPIC_STREAM, identifier),
            ),
        ),
    )


def _openai(slug: str, name: str, identifier: str, base_url: str) -> APIGuide:
    words = _OPENAI_WORDS[slug]
    asked = {"messages": _MESSAGES} if slug == OPENAI else {"prompt": "Once upon a time"}
    body = {"model": identifier, "max_tokens": 200, **asked}
    return APIGuide(
        slug,
        name,
        _environment("OPENAI", f"{base_url}/v1"),
        (
            _curl(slug, _CURL_OPENAI, body, path=words["path"]),
            Snippet(
                f"{slug}-python",
                "Python",
                "pip install openai",
                _filled(_PYTHON_OPENAI, identifier, **words),
                _filled(_PYTHON_OPENAI_STREAM, identifier, **words),
            ),
            Snippet(
                f"{slug}-typescript",
                "TypeScript",
                "npm install openai",
                _filled(_TYPESCRIPT_OPENAI, identifier, **words),
                _filled(_TYPESCRIPT_OPENAI_STREAM, identifier, **words),
            ),
        ),
    )


def _environment(prefix: str, base_url: str) -> str:
    """Return commands that read the key without a trace in the shell's history.

    `read` stands in the last line: in some shells it would take a pasted line after it for the key.
    """
    return (
        f"export {prefix}_BASE_URL={shlex.quote(base_url)}\n"
        f"read -rs {prefix}_API_KEY && export {prefix}_API_KEY"
    )


def _curl(slug: str, command: str, body: dict[str, object], **words: str) -> Snippet:
    whole, streaming = _lines(body), _lines({**body, "stream": True})
    template = Template(command)
    return Snippet(
        f"{slug}-curl",
        "curl",
        "",
        template.substitute(words, body=shlex.quote(whole), unbuffered=""),
        template.substitute(words, body=shlex.quote(streaming), unbuffered="-N "),
    )


def _lines(body: dict[str, object]) -> str:
    members = ",\n".join(f"    {json.dumps(name)}: {_literal(body[name])}" for name in body)
    return f"{{\n{members}\n  }}"


def _filled(code: str, identifier: str, **words: str) -> str:
    return Template(code).substitute(words, model=_literal(identifier))


def _literal(value: object) -> str:
    """Return a literal that reads the same in JSON, Python and TypeScript."""
    return json.dumps(value, ensure_ascii=False)
