"""What Envoy's and Traefik's configurations promise, as far as it shows without running either."""

import re
from typing import Any

import yaml

from lifecycle.config.env import ROOT
from requests_app.gateway.app import CHECK_BODY
from requests_app.gateway.http import request_headers
from requests_app.gateway.http.request_bodies import MAX_BYTES

FOLDER = ROOT / "docker" / "gateway"
SET_BY_US = {
    name.decode()
    for name in (request_headers.MODEL, request_headers.OPERATION, request_headers.ADDRESS)
}
OF_A_BODY = {"content-type", "content-encoding"}
TOLD = {"x-emeritus-key", "x-emeritus-grant", "x-emeritus-holder"}


def envoy() -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The connection manager, its filter that asks, and the one route's virtual host."""
    whole = yaml.safe_load((FOLDER / "envoy/envoy.yaml").read_text())
    (listener,) = whole["static_resources"]["listeners"]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    asking, router = manager["http_filters"]
    assert asking["name"] == "envoy.filters.http.ext_authz"
    assert router["name"] == "envoy.filters.http.router"  # the last, so that nothing goes around
    return manager, asking["typed_config"], manager["route_config"]["virtual_hosts"][0]


def exact(matcher: dict[str, Any]) -> set[str]:
    return {pattern["exact"] for pattern in matcher["patterns"]}


def test_envoy_forgets_what_the_caller_says_in_our_names() -> None:
    manager, asking, _ = envoy()
    (extension,) = manager["early_header_mutation_extensions"]
    mutations = extension["typed_config"]["mutations"]
    removed = {mutation["remove"] for mutation in mutations if "remove" in mutation}
    written = {m["append"]["header"]["key"]: m["append"] for m in mutations if "append" in m}
    assert removed | set(written) >= SET_BY_US | TOLD
    address = written["x-emeritus-address"]
    assert address["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"
    assert address["header"]["value"] == "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
    http = manager["common_http_protocol_options"]
    assert http["headers_with_underscores_action"] == "REJECT_REQUEST"
    text = asking["http_service"]["authorization_request"]["headers_to_add"]
    assert {header["key"] for header in text} == SET_BY_US - {"x-emeritus-address"}
    # Authorization is always sent on to the check by Envoy; nothing else of the caller's is.
    assert exact(asking["allowed_headers"]) == {"x-api-key", "x-emeritus-address"} | OF_A_BODY


def test_envoy_asks_about_every_call_but_those_it_answers_itself() -> None:
    _, _, host = envoy()
    *served, unknown = host["routes"]
    assert all("route" in each and "typed_per_filter_config" not in each for each in served)
    assert unknown["direct_response"]["status"] == 404
    assert unknown["typed_per_filter_config"]["envoy.filters.http.ext_authz"]["disabled"] is True


def test_envoy_lets_nothing_pass_in_doubt_and_no_key_through() -> None:
    _, asking, host = envoy()
    assert asking["failure_mode_allow"] is False
    assert asking["status_on_error"] == {"code": "ServiceUnavailable"}
    response = asking["http_service"]["authorization_response"]
    assert exact(response["allowed_upstream_headers"]) == TOLD
    assert {
        "retry-after",
        "x-should-retry",
        "www-authenticate",
        "ratelimit",
        "sunset",
        "deprecation",
        "link",
    } <= exact(response["allowed_client_headers"])
    assert "authorization" in host["request_headers_to_remove"]
    (credential,) = host["request_headers_to_add"]
    assert credential["header"]["key"] == "x-api-key"
    assert credential["append_action"] == "OVERWRITE_IF_EXISTS_OR_ADD"


def test_envoy_shows_the_check_the_whole_body() -> None:
    _, asking, host = envoy()
    assert asking["http_service"]["path_prefix"] == f"{CHECK_BODY}?"
    body = asking["with_request_body"]
    assert body == {"max_request_bytes": MAX_BYTES, "allow_partial_message": False}
    served = [route["match"] for route in host["routes"] if "route" in route]
    for match in served:
        method, path = match["headers"]
        assert method == {"name": ":method", "string_match": {"exact": "POST"}}
        allowed = re.compile(path["string_match"]["safe_regex"]["regex"])
        assert allowed.fullmatch("/v1/messages?beta=true")
        assert not allowed.fullmatch("/v1/messages?model=other")
    assert "direct_response" in host["routes"][-1]


def traefik() -> dict[str, Any]:
    http: dict[str, Any] = yaml.safe_load((FOLDER / "traefik/dynamic.yaml").read_text())["http"]
    return http


def lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def test_traefik_asks_between_setting_our_names_and_taking_the_key_away() -> None:
    http = traefik()
    for router in http["routers"].values():
        names, asking, credential = (http["middlewares"][name] for name in router["middlewares"])
        text = lower(names["headers"]["customRequestHeaders"])
        assert set(text) == SET_BY_US | TOLD
        assert text["x-emeritus-model"] == "claude-3-opus-20240229"
        # An empty value takes a header away.
        assert {text[name] for name in TOLD | {"x-emeritus-address"}} == {""}
        assert "forwardAuth" in asking
        upstream = lower(credential["headers"]["customRequestHeaders"])
        assert upstream["authorization"] == ""
        assert upstream["x-api-key"]
        assert router["service"] in http["services"]


def test_traefik_sends_the_check_the_body_and_no_header_that_it_does_not_read() -> None:
    asking = traefik()["middlewares"]["emeritus"]["forwardAuth"]
    assert asking["address"].endswith(CHECK_BODY)
    assert asking["forwardBody"] is True
    assert asking["maxBodySize"] == MAX_BYTES
    assert asking["trustForwardHeader"] is False
    sent = {name.lower() for name in asking["authRequestHeaders"]}
    read = {name.decode() for name in request_headers.READ_HEADERS - {request_headers.ADDRESS}}
    assert sent == read | OF_A_BODY
    assert {name.lower() for name in asking["authResponseHeaders"]} == TOLD
    for router in traefik()["routers"].values():
        assert "Method(`POST`)" in router["rule"]
        assert "!QueryRegexp(`model`" in router["rule"]
