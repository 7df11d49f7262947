"""Keeps credentials out of messages."""

import re
from typing import Any
from urllib.parse import unquote

_SHORTEST = 4


def secrets_of(credentials: Any) -> set[str]:  # noqa: ANN401
    """All that a message must not repeat: texts of a block of credentials, and the parts of addresses among them.

    An address that is written wrongly is taken apart wrongly by whoever reports it: a password with an ``@`` ends in
    the name of the host. So every part behind the user's name counts, up to the last ``@``.
    """
    if isinstance(credentials, dict):
        return {secret for value in credentials.values() for secret in secrets_of(value)}
    if isinstance(credentials, list):
        return {secret for value in credentials for secret in secrets_of(value)}
    if not isinstance(credentials, str):
        return set()
    secrets = {credentials}
    _, address, rest = credentials.partition("://")
    if address:
        login, _, _ = rest.rpartition("@")
        parts = {login, *re.split(r"[:@/?#]", login)[1:]}
        secrets |= parts | {unquote(part) for part in parts}  # a driver tells %40 as @
    return {secret for secret in secrets if len(secret) >= _SHORTEST}


def without_secrets(text: str, secrets: set[str]) -> str:
    """The text with ``***`` in place of each secret."""
    for secret in sorted(secrets, key=len, reverse=True):  # the longest first: one may hold another
        text = text.replace(secret, "***")
    return text


def without_login(address: str) -> str:
    """An address such as ``https://user:password@host`` without what comes before the host."""
    return re.sub(r"://[^/]*@", "://", address)
