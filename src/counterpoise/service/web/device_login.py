"""The user name and password in the form of a camera, which is never shown what was typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterpoise.errors import ArgumentError
from counterpoise.service.access.vault import Login
from counterpoise.service.database import credentials
from counterpoise.service.database.cameras import CameraFields
from counterpoise.service.system import System


@dataclass(frozen=True)
class Typed:
    """What a form says of a login.

    Args:
        secret: to be kept; None for none.
        changes: whether it takes the place of what is kept.
        login: to try the device with.
        fault: what is wrong with it.
    """

    secret: bytes | None = None
    changes: bool = False
    login: Login | None = None
    fault: str = ""

    @property
    def sealed(self) -> str:
        """What a form that is shown again holds in place of the password."""
        return self.secret.decode() if self.secret is not None and self.changes else ""


def typed(
    system: System, sent: Mapping[str, str], fields: CameraFields, number: int | None
) -> Typed:
    """The login of a form, of the form before it, or of the camera as it is."""
    user, password = sent.get("login_user", "").strip(), sent.get("login_password", "")
    if user or password:
        try:
            secret = system.vault.seal((user, password), fields.url)
        except ArgumentError as error:
            return Typed(fault=str(error))
        return Typed(secret, True, (user, password))
    if "login_forget" in sent:
        return Typed(None, True)
    sealed = sent.get("login_sealed", "").encode()
    login = system.vault.open(sealed, fields.url) if sealed else None
    if login is not None:
        return Typed(sealed, True, login)
    with system.engine.connect() as connection:
        secret_before = credentials.of(connection, number)
    return Typed(secret_before, False, system.vault.open(secret_before, fields.url))
