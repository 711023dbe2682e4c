"""How a model can be called, and code for the official SDKs; nothing of it holds a key."""

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

from django.views.decorators.debug import sensitive_variables

from lifecycle.catalogue.models import AccessRoute

ANTHROPIC, OPENAI, COMPLETIONS = "anthropic", "openai", "completions"
MAX_TOKENS = 200
_SDK_ROOTS = {"anthropic": "", "openai": "/v1"}  # what an SDK's base URL has of the path
_PYTHON_ANTHROPIC = """import anthropic

client = anthropic.Anthropic()  # reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
message = client.messages.create(
    model=$model,
    max_tokens=$max_tokens,
    messages=[{"role": "user", "content": "Hello!"}],
)
print(message.content[0].text)"""
_PYTHON_ANTHROPIC_STREAM = """import anthropic

client = anthropic.Anthropic()  # reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
with client.messages.stream(
    model=$model,
    max_tokens=$max_tokens,
    messages=[{"role": "user", "content": "Hello!"}],
) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)"""
_PYTHON_OPENAI = """import openai

client = openai.OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL
answer = client.$method.create(
    model=$model,
    max_tokens=$max_tokens,
    $prompt_py,
)
print(answer.choices[0].$text)"""
_PYTHON_OPENAI_STREAM = """import openai

client = openai.OpenAI()  # reads OPENAI_API_KEY and OPENAI_BASE_URL
stream = client.$method.create(
    model=$model,
    max_tokens=$max_tokens,
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
  max_tokens: $max_tokens,
  messages: [{ role: "user", content: "Hello!" }],
});
for (const block of message.content) {
  if (block.type === "text") console.log(block.text);
}"""
_TYPESCRIPT_ANTHROPIC_STREAM = """import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic(); // reads ANTHROPIC_API_KEY and ANTHROPIC_BASE_URL
const stream = client.messages.stream({
  model: $model,
  max_tokens: $max_tokens,
  messages: [{ role: "user", content: "Hello!" }],
});
stream.on("text", (text) => process.stdout.write(text));
await stream.finalMessage();"""
_TYPESCRIPT_OPENAI = """import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
const answer = await client.$method.create({
  model: $model,
  max_tokens: $max_tokens,
  $prompt_ts,
});
console.log(answer.choices[0].$text);"""
_TYPESCRIPT_OPENAI_STREAM = """import OpenAI from "openai";

const client = new OpenAI(); // reads OPENAI_API_KEY and OPENAI_BASE_URL
const stream = await client.$method.create({
  model: $model,
  max_tokens: $max_tokens,
  $prompt_ts,
  stream: true,
});
for await (const chunk of stream) {
  process.stdout.write(chunk.choices[0]?.$piece ?? "");
}"""
_OPENAI_WORDS = {
    OPENAI: {
        "method": "chat.completions",
        "prompt_py": 'messages=[{"role": "user", "content": "Hello!"}]',
        "prompt_ts": 'messages: [{ role: "user", content: "Hello!" }]',
        "text": "message.content",
        "piece": "delta.content",
    },
    COMPLETIONS: {
        "method": "completions",
        "prompt_py": 'prompt="Once upon a time"',
        "prompt_ts": 'prompt: "Once upon a time"',
        "text": "text",
        "piece": "text",
    },
}


@dataclass(frozen=True)
class ModelCall:
    """A way to call a model: a path, what the body asks, and headers that name the key {key}."""

    slug: str
    name: str
    api: str
    operation: str
    path: str
    prompt: dict[str, object]
    key_headers: tuple[tuple[str, str], ...]

    @sensitive_variables()
    def headers(self, key: str) -> dict[str, str]:
        return {name: value.format(key=key) for name, value in self.key_headers}

    def body(self, identifier: str, max_tokens: int) -> dict[str, object]:
        return {"model": identifier, "max_tokens": max_tokens, **self.prompt}


_MESSAGES: dict[str, object] = {"messages": [{"role": "user", "content": "Hello!"}]}
_BEARER = (("Authorization", "Bearer {key}"),)
_CALLS = (
    ModelCall(
        ANTHROPIC,
        "Anthropic, Messages",
        AccessRoute.API.ANTHROPIC,
        "messages",
        "/v1/messages",
        _MESSAGES,
        (("x-api-key", "{key}"), ("anthropic-version", "2023-06-01")),
    ),
    ModelCall(
        OPENAI,
        "OpenAI, chat completions",
        AccessRoute.API.OPENAI,
        "messages",
        "/v1/chat/completions",
        _MESSAGES,
        _BEARER,
    ),
    ModelCall(
        COMPLETIONS,
        "OpenAI, completions",
        AccessRoute.API.OPENAI,
        "completions",
        "/v1/completions",
        {"prompt": "Once upon a time"},
        _BEARER,
    ),
)


def possible_calls(api: str, operations: list[str]) -> list[ModelCall]:
    """Return what the API of a model's server (empty: any) and a grant's operations allow."""
    operation = "messages" if "messages" in operations else "completions"
    return [one for one in _CALLS if one.operation == operation and api in ("", one.api)]


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
    """Yield a guide for each way that a grant's operations and the model's server allow."""
    for call in possible_calls(api, operations):
        guide = _anthropic if call.api == AccessRoute.API.ANTHROPIC else _openai
        yield guide(call, identifier, base_url)


def _anthropic(call: ModelCall, identifier: str, base_url: str) -> APIGuide:
    return APIGuide(
        call.slug,
        call.name,
        _environment(call.api, base_url),
        (
            _curl(call, identifier),
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


def _openai(call: ModelCall, identifier: str, base_url: str) -> APIGuide:
    words = _OPENAI_WORDS[call.slug]
    return APIGuide(
        call.slug,
        call.name,
        _environment(call.api, base_url),
        (
            _curl(call, identifier),
            Snippet(
                f"{call.slug}-python",
                "Python",
                "pip install openai",
                _filled(_PYTHON_OPENAI, identifier, **words),
                _filled(_PYTHON_OPENAI_STREAM, identifier, **words),
            ),
            Snippet(
                f"{call.slug}-typescript",
                "TypeScript",
                "npm install openai",
                _filled(_TYPESCRIPT_OPENAI, identifier, **words),
                _filled(_TYPESCRIPT_OPENAI_STREAM, identifier, **words),
            ),
        ),
    )


def _environment(api: str, base_url: str) -> str:
    """Return commands that read the key without a trace in the shell's history.

    `read` stands in the last line: in some shells it would take a pasted line after it for the key.
    """
    prefix = api.upper()
    return (
        f"export {prefix}_BASE_URL={shlex.quote(base_url + _SDK_ROOTS[api])}\n"
        f"read -rs {prefix}_API_KEY && export {prefix}_API_KEY"
    )


def _curl(call: ModelCall, identifier: str) -> Snippet:
    body = call.body(identifier, MAX_TOKENS)
    whole = _command(call, "curl", body)
    return Snippet(
        f"{call.slug}-curl", "curl", "", whole, _command(call, "curl -N", {**body, "stream": True})
    )


def _command(call: ModelCall, curl: str, body: dict[str, object]) -> str:
    prefix, path = call.api.upper(), call.path.removeprefix(_SDK_ROOTS[call.api])
    headers = {**call.headers(f"${prefix}_API_KEY"), "Content-Type": "application/json"}
    parts = [
        f'{curl} "${prefix}_BASE_URL{path}"',
        *(f'-H "{name}: {value}"' for name, value in headers.items()),
        f"-d {shlex.quote(_lines(body))}",
    ]
    return " \\\n  ".join(parts)


def _lines(body: dict[str, object]) -> str:
    members = ",\n".join(f"    {json.dumps(name)}: {_literal(body[name])}" for name in body)
    return f"{{\n{members}\n  }}"


def _filled(code: str, identifier: str, **words: str) -> str:
    return Template(code).substitute(words, model=_literal(identifier), max_tokens=MAX_TOKENS)


def _literal(value: object) -> str:
    """Return a literal that reads the same in JSON, Python and TypeScript."""
    return json.dumps(value, ensure_ascii=False)
