"""User name and password, in the way that a device asks for them: Basic or Digest."""

from __future__ import annotations

import base64
from typing import Literal

import aiohttp

MOST = 50_000  # devices whose way is remembered

Auth = tuple[str, str]


class Ways:
    """How each host wants to be told a login; it is not told one before it asks."""

    def __init__(self) -> None:
        self._ways: dict[tuple[object, Auth], aiohttp.DigestAuthMiddleware | Literal["basic"]] = {}

    def headers(self, origin: object, auth: Auth | None) -> dict[str, str]:
        """Headers that this host has asked for."""
        if auth is None or self._ways.get((origin, auth)) != "basic":
            return {}
        token = base64.b64encode(f"{auth[0]}:{auth[1]}".encode()).decode()  # RFC 7617
        return {"Authorization": f"Basic {token}"}

    def digest(self, origin: object, auth: Auth | None) -> aiohttp.DigestAuthMiddleware | None:
        """What answers this host's challenges, if it has asked for Digest (RFC 7616)."""
        way = None if auth is None else self._ways.get((origin, auth))
        return None if way is None or isinstance(way, str) else way

    def learn(self, origin: object, auth: Auth | None, response: aiohttp.ClientResponse) -> bool:
        """Whether a refusal asks for a login in a way that is known, and not told yet."""
        if auth is None or response.status != 401 or (origin, auth) in self._ways:
            return False
        asked = [
            value.split(" ")[0].lower() for value in response.headers.getall("WWW-Authenticate", [])
        ]
        # The middleware reads the first challenge only. Where Digest stands behind another one that
        # is not Basic, a password is not told in the clear for it.
        if asked[:1] != ["digest"] and "basic" not in asked:
            return False
        if len(self._ways) >= MOST:
            self._ways.clear()
        self._ways[origin, auth] = (
            aiohttp.DigestAuthMiddleware(*auth) if asked[0] == "digest" else "basic"
        )
        return True
