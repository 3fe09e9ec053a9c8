"""Talking to a server: what is sent, what is tried again, what is said when it goes wrong."""

from __future__ import annotations

import copy
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from avatars import client as module
from avatars.client import ApiClient
from avatars.exceptions import (
    ApiConnectionError,
    ApiError,
    ApiStatusError,
    AvatarsError,
    InvalidParameterError,
    RateLimitError,
    SensitiveWarning,
)

BASE = "https://avatars.example.org/api"
KEY = "octopize_apikey.key-of-a-test"
Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def connected(server: Answer, **settings: Any) -> ApiClient:
    return ApiClient(BASE, transport=httpx.MockTransport(server), **settings)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Note how long the client would sleep, and don't."""
    slept: list[float] = []
    monkeypatch.setattr(module.time, "sleep", slept.append)
    return slept


def test_key_and_version_go_with_every_call() -> None:
    server = Server(httpx.Response(200, json={"message": "OK"}))
    with connected(server, api_key=KEY) as client:
        assert client.get_health() == {"message": "OK"}
    (request,) = server.seen
    assert (request.method, str(request.url)) == ("GET", f"{BASE}/health")
    assert request.headers["Authorization"] == f"api-key-v1 {KEY}"
    assert request.headers["User-Agent"].startswith("avatar-python/")
    assert request.headers["Avatars-Accept-Created"] == "yes"


def test_login_sends_a_form_and_then_the_token() -> None:
    server = Server(
        httpx.Response(200, json={"access_token": "t0ken", "token_type": "bearer"}),
        httpx.Response(200, json={}),
    )
    with connected(server) as client:
        client.authenticate("ada", "pass word&=")
        client.get_health()
    login, health = server.seen
    assert login.url.path == "/api/login"
    assert login.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert "Authorization" not in login.headers
    assert login.content == b"username=ada&password=pass+word%26%3D&scope="
    assert health.headers["Authorization"] == "Bearer t0ken"


def test_login_without_a_token_is_no_login() -> None:
    with (
        connected(Server(httpx.Response(200, json={"hello": "you"}))) as client,
        pytest.raises(ApiConnectionError, match="it gave no token"),
    ):
        client.authenticate("ada", "secret")


@pytest.mark.parametrize(
    ("answer", "given"),
    [
        (httpx.Response(200, json=[1, 2]), [1, 2]),
        (httpx.Response(204, headers={"content-type": "application/json"}), {}),
        (
            httpx.Response(200, content=b"%PDF-", headers={"content-type": "application/pdf"}),
            b"%PDF-",
        ),
        (
            httpx.Response(
                200, content=b"\x00", headers={"content-type": "application/octet-stream"}
            ),
            b"\x00",
        ),
        (httpx.Response(200, text="kind: AvatarSchema"), "kind: AvatarSchema"),
    ],
)
def test_answer_is_decoded_by_its_type(answer: httpx.Response, given: Any) -> None:
    with connected(Server(answer)) as client:
        assert client.request("GET", "/x") == given


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (httpx.Response(401, json={"detail": "Not authenticated"}), "Not authenticated"),
        (httpx.Response(404, json={"message": "no such job"}), "no such job"),
        (httpx.Response(404, json={"detail": {"message": "no such set"}}), "no such set"),
        (httpx.Response(404, text=""), "no reason given"),
        (httpx.Response(500, text="x" * 5000), "x" * 200),
        (httpx.Response(400, json=["odd"]), "['odd']"),
        (httpx.Response(422, json={"detail": []}), "no reason given"),
        (
            httpx.Response(
                422, json={"detail": [{"loc": ["body", "k"], "msg": "must be at least 2"}]}
            ),
            "must be at least 2 (k)",
        ),
    ],
)
def test_refusal_carries_status_and_reason(answer: httpx.Response, detail: str) -> None:
    server = Server(answer)
    with connected(server) as client, pytest.raises(ApiStatusError) as caught:
        client.request("GET", "/jobs/1")
    assert (caught.value.status, caught.value.detail) == (answer.status_code, detail)
    assert str(answer.status_code) in str(caught.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_too_many_calls_wait_as_told_and_go_on(method: str, naps: list[float]) -> None:
    server = Server(
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(429),
        httpx.Response(429, headers={"Retry-After": "86400"}),
        httpx.Response(200, json="at last"),
    )
    with connected(server) as client:
        assert client.request(method, "/jobs") == "at last"
    assert naps == [7.0, 1.0, 60.0]


def test_too_many_calls_end_as_what_they_are(naps: list[float]) -> None:
    server = Server(
        httpx.Response(429, json={"detail": "slow down"}, headers={"Retry-After": "soon"})
    )
    with connected(server) as client, pytest.raises(RateLimitError, match="slow down") as caught:
        client.request("GET", "/jobs")
    assert caught.value.status == 429
    assert naps == [1.0, 1.0, 1.0]
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "error", [httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError]
)
def test_reading_is_tried_again(error: type[httpx.TransportError], naps: list[float]) -> None:
    server = Server(error("down"), error("down"), httpx.Response(200, json="up"))
    with connected(server) as client:
        assert client.request("GET", "/jobs") == "up"
    assert len(server.seen) == 3
    assert naps == sorted(naps)


@pytest.mark.parametrize(("method", "calls"), [("GET", 4), ("POST", 1), ("PUT", 1), ("DELETE", 1)])
def test_writing_is_not_tried_again(method: str, calls: int, naps: list[float]) -> None:
    server = Server(httpx.ConnectError("10.0.0.1 refused, cell 4711"))
    with (
        connected(server) as client,
        pytest.raises(ApiConnectionError, match="did not answer") as caught,
    ):
        client.request(method, "/jobs", json={})
    assert len(server.seen) == calls
    assert "4711" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirect_is_not_followed(status: int) -> None:
    server = Server(httpx.Response(status, headers={"Location": "https://elsewhere.example/"}))
    with (
        connected(server, api_key=KEY) as client,
        pytest.raises(ApiConnectionError, match="sends requests elsewhere"),
    ):
        client.get_health()
    assert [request.url.host for request in server.seen] == ["avatars.example.org"]


def test_answer_that_is_no_json_is_not_of_such_a_server() -> None:
    answer = httpx.Response(200, text="<html>", headers={"content-type": "application/json"})
    with (
        connected(Server(answer)) as client,
        pytest.raises(ApiConnectionError, match="can't be read"),
    ):
        client.get_health()


@pytest.mark.parametrize(
    ("address", "match"),
    [
        ("http://avatars.example.org/api", "must be https"),
        ("http://127.0.0.1.example.org/api", "must be https"),
        ("ftp://avatars.example.org", "http or https"),
        ("avatars.example.org/api", "http or https"),
        ("https://", "http or https"),
        (None, "http or https"),
        ("https://ada:secret@avatars.example.org/api", "must hold no password"),
    ],
)
def test_address_that_would_give_secrets_away_is_refused(address: Any, match: str) -> None:
    with pytest.raises(InvalidParameterError, match=match) as caught:
        ApiClient(address, api_key=KEY)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_may_be_talked_to_in_the_open(host: str) -> None:
    with ApiClient(f"http://{host}:8000/api") as client:
        assert client.base_url == f"http://{host}:8000/api"


def test_unchecked_certificates_warn() -> None:
    with pytest.warns(SensitiveWarning, match="should_verify_ssl=False"):
        ApiClient(BASE, should_verify_ssl=False).close()


@pytest.mark.parametrize("answer", [httpx.Response(401), httpx.ConnectError("no"), None])
def test_key_and_token_are_shown_nowhere(
    answer: httpx.Response | Exception | None,
    naps: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    login = httpx.Response(200, json={"access_token": "t0ken-of-a-test"})
    server = Server(login, answer or httpx.Response(302))
    with connected(server, api_key=KEY) as client:
        said = repr(client)
        client.authenticate("ada", "pass-of-a-test")
        said += repr(client)
        with pytest.raises(ApiError) as caught:
            client.get_health()
    said += "".join(traceback.format_exception(caught.value)) + caplog.text
    assert "of-a-test" not in said
    assert isinstance(caught.value, AvatarsError)


def test_copies_share_the_connection_and_pickles_leave_the_key_behind() -> None:
    client = connected(Server(httpx.Response(200, json={})), api_key=KEY, timeout=5.0)
    assert copy.deepcopy(client) is client
    written = pickle.dumps(client)
    assert KEY.encode() not in written
    with pickle.loads(written) as again:
        assert again.base_url == client.base_url
    client.close()
