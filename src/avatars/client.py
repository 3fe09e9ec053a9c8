"""Talking to a server: requests with their errors, and nothing that computes."""

from __future__ import annotations

import time
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from avatars.exceptions import (
    ApiConnectionError,
    ApiStatusError,
    InvalidParameterError,
    RateLimitError,
)

if TYPE_CHECKING:
    import httpx

__all__ = ["ApiClient"]

_RETRIES = 3
_LONGEST_WAIT = 60.0
_LOCAL = {"localhost", "127.0.0.1", "::1"}


class ApiClient:
    """A connection to a server.

    The embedded engine needs none: :class:`avatars.manager.Manager` without arguments computes in
    this process.

    Parameters
    ----------
    base_url : str
        The root of the API, such as ``https://avatars.example.org/api``. Plain HTTP is taken for
        this machine only: keys and tables would travel in the open.
    api_key : str, optional
        Sent with every call. Use ``authenticate`` for a password.
    timeout : float, default=60.0
        Seconds to wait for an answer.
    should_verify_ssl : bool, default=True
        Whether certificates are checked. False warns at every use.
    transport : httpx.BaseTransport, optional
        What requests go through; for tests.

    Examples
    --------
    >>> import httpx
    >>> from avatars.client import ApiClient
    >>> answer = httpx.MockTransport(lambda request: httpx.Response(200, json={"message": "OK"}))
    >>> with ApiClient("https://avatars.example.org/api", transport=answer) as client:
    ...     client.get_health()
    {'message': 'OK'}
    """

    def __init__(
        self,
        base_url: str,
        *,
        api_key: str | None = None,
        timeout: float = 60.0,
        should_verify_ssl: bool = True,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        import httpx

        parts = urlsplit(base_url if isinstance(base_url, str) else "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidParameterError("base_url", "must be an http or https address.")
        if parts.username is not None:
            raise InvalidParameterError(
                "base_url", "must hold no password, since addresses are shown: authenticate."
            )
        if parts.scheme == "http" and parts.hostname not in _LOCAL:
            raise InvalidParameterError(
                "base_url", "must be https: keys and tables would travel in the open over http."
            )
        if not should_verify_ssl:
            import warnings

            from avatars.exceptions import SensitiveWarning

            warnings.warn(
                "should_verify_ssl=False: anybody on the way can read and change what is sent.",
                SensitiveWarning,
                stacklevel=2,
            )
        self.base_url = base_url.rstrip("/")
        self._headers = {
            "User-Agent": f"avatar-python/{version('avatars')}",
            "Avatars-Accept-Created": "yes",
        }
        if api_key is not None:
            self._headers["Authorization"] = f"api-key-v1 {api_key}"
        self._settings: dict[str, Any] = {
            "timeout": timeout,
            "should_verify_ssl": should_verify_ssl,
        }
        self._http = httpx.Client(
            base_url=self.base_url,
            timeout=timeout,
            verify=should_verify_ssl,
            transport=transport,
            follow_redirects=False,
        )

    def __repr__(self) -> str:
        return f"ApiClient({self.base_url!r})"

    def __deepcopy__(self, memo: dict[int, Any]) -> ApiClient:
        return self  # One connection, however many Managers use it.

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickle holds neither key nor token: log in again.
        return partial(ApiClient, **self._settings), (self.base_url,)

    def __enter__(self) -> ApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def authenticate(self, username: str, password: str) -> None:
        """Log in; later calls carry the token.

        Parameters
        ----------
        username, password : str
            Of an account on the server.

        Raises
        ------
        ApiStatusError
            If the server refuses them.
        ApiConnectionError
            If there is no such server.
        """
        form = {"username": username, "password": password, "scope": ""}
        answer = self.request("POST", "/login", data=form)
        if not isinstance(answer, dict) or "access_token" not in answer:
            raise ApiConnectionError(f"{self.base_url} does not serve the API: it gave no token.")
        self._headers["Authorization"] = f"Bearer {answer['access_token']}"

    def get_health(self) -> Any:
        """Return what the server says of itself.

        Returns
        -------
        dict
            As the server gives it.
        """
        return self.request("GET", "/health")

    def request(self, method: str, path: str, **content: Any) -> Any:
        """Send a request and return the answer.

        Parameters
        ----------
        method : str
            GET, POST, PUT or DELETE.
        path : str
            Below the root of the API.
        **content
            What httpx takes: ``json``, ``data``, ``params``, ``content``.

        Returns
        -------
        object
            JSON decoded; bytes of PDF and binary files; text otherwise.

        Raises
        ------
        ApiConnectionError
            If there is no answer, or it isn't one of such a server.
        RateLimitError
            If the server still asks to wait after three times.
        ApiStatusError
            For any other answer that says no.
        """
        for attempt in range(_RETRIES + 1):
            answer = self._sent(method, path, content, attempt)
            if answer is None:
                continue
            if answer.status_code == 429:
                if attempt == _RETRIES:
                    raise RateLimitError(429, _detail(answer))
                time.sleep(_wait(answer))
                continue
            if answer.is_redirect:
                raise ApiConnectionError(
                    f"{self.base_url} does not serve the API: it sends requests elsewhere."
                )
            if not answer.is_success:
                raise ApiStatusError(answer.status_code, _detail(answer))
            try:
                return _decoded(answer)
            except ValueError:
                raise ApiConnectionError(
                    f"{self.base_url} does not serve the API: its answer can't be read."
                ) from None
        raise AssertionError  # The last attempt returns or raises.

    def _sent(
        self, method: str, path: str, content: dict[str, Any], attempt: int
    ) -> httpx.Response | None:
        """Return the answer, or None to try again: reading is safe to repeat, writing isn't."""
        import httpx

        try:
            return self._http.request(method, path, headers=self._headers, **content)
        except httpx.TransportError as error:
            if method == "GET" and attempt < _RETRIES:
                time.sleep(0.2 * 2**attempt)
                return None
            raise ApiConnectionError(
                f"{self.base_url} did not answer ({type(error).__name__}): check the address and "
                "the network."
            ) from None


def _wait(answer: httpx.Response) -> float:
    try:
        asked = float(answer.headers.get("Retry-After", 1))
    except ValueError:
        asked = 1.0
    return min(max(asked, 1.0), _LONGEST_WAIT)


def _detail(answer: httpx.Response) -> str:
    """Return what an answer gives as its reason, in the shapes that servers use."""
    try:
        said = answer.json()
    except ValueError:
        return answer.text[:200] or "no reason given"
    if isinstance(said, dict):
        detail = said.get("detail", said)
        if isinstance(detail, dict):
            detail = detail.get("message", detail.get("msg", "no reason given"))
        if isinstance(detail, list):
            first = detail[0] if detail and isinstance(detail[0], dict) else {}
            where = f" ({first['loc'][-1]})" if first.get("loc") else ""
            detail = f"{first.get('msg', 'no reason given')}{where}"
        return str(detail)[:200]
    return str(said)[:200]


def _decoded(answer: httpx.Response) -> Any:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "application/json":
        return answer.json() if answer.content else {}
    if kind in ("application/pdf", "application/octet-stream"):
        return answer.content
    return answer.text
