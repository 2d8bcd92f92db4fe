# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API server's refusals mean, in words: the object, the field, the reason and the way out."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._engine.errors import PlatformError
from .differences import is_secret

CONFLICT = "FieldManagerConflict"
MANAGER_NAME = re.compile(r'conflict with "(?P<name>[^"]*)"(?: with subresource "(?P<subresource>[^"]*)")?')
UNTYPED = re.compile(r"\): (?P<field>\.\S+): (?P<text>.+)", re.DOTALL)


class Unreachable(PlatformError):
    """There is no connection to the API server."""


class Refused(PlatformError):
    """The credentials are not accepted."""


class ApiError(Exception):
    """An answer other than success. ``answer`` is the server's ``Status``."""

    def __init__(self, status: int, answer: Mapping[str, Any]) -> None:
        super().__init__(answer.get("message") or f"HTTP status {status}")
        self.status = status
        self.reason = str(answer.get("reason", ""))
        self.details: Mapping[str, Any] = answer.get("details") or {}

    @property
    def causes(self) -> list[Mapping[str, Any]]:
        return list(self.details.get("causes") or ())

    @property
    def is_field_conflict(self) -> bool:
        return any(cause.get("reason") == CONFLICT for cause in self.causes)

    @property
    def missing_namespace(self) -> str | None:
        """The namespace that an object was to be put into and that is not there."""
        return self.details.get("name") if self.status == 404 and self.details.get("kind") == "namespaces" else None

    @property
    def is_passing(self) -> bool:
        """Of an apply, which makes what is not there: two writes to one object, or to the quota that counts it, at the same moment;
        or a CRD that is established at one API server and not known to the next."""
        return (self.status == 409 and not self.is_field_conflict) or (self.status == 404 and self.missing_namespace is None)

    @property
    def is_schema(self) -> bool:
        return "typed patch object" in str(self)

    @property
    def refuses_dry_run(self) -> bool:
        """An admission webhook with side effects lets no dry run pass."""
        return self.status == 400 and "does not support dry run" in str(self)


def explain(error: ApiError, body: Mapping[str, Any]) -> list[str]:
    """The problems that the server has with an object, one to a field where it says so. Nothing of a Secret is quoted."""
    if error.is_field_conflict:
        return list(_conflicts(error))
    found = list(_causes(error))
    return [_discreet(each, body) for each in found] if is_secret(body) else found


def _conflicts(error: ApiError) -> Iterator[str]:
    """By manager: who owns what."""
    fields: dict[str, list[str]] = {}
    for cause in error.causes:
        if match := MANAGER_NAME.search(cause.get("message", "")):
            owner = match["name"] + (f" (subresource {match['subresource']})" if match["subresource"] else "")
            fields.setdefault(owner, []).append(str(cause.get("field", "")).lstrip("."))
    for owner, names in fields.items():
        is_are = "is" if len(names) == 1 else "are"
        yield (
            f"{', '.join(names)} {is_are} owned by the field manager {owner}, with another value. "
            "Leave it out of the manifest, have that manager give it up, or take it over with force_conflicts"
        )


def _causes(error: ApiError) -> Iterator[str]:
    if causes := [cause for cause in error.causes if cause.get("field") and cause.get("message")]:
        for cause in causes:
            yield f"{cause['field']}: {cause['message']}{_way_out(cause['message'])}"
    elif error.is_schema and (match := UNTYPED.search(str(error))):
        yield f"{match['field'].lstrip('.')}: {match['text']}"
    else:
        yield str(error)


def _way_out(message: str) -> str:
    return ". Delete the object first, or give it another name" if "immutable" in message or "may not change once set" in message else ""


def _discreet(text: str, body: Mapping[str, Any]) -> str:
    values = {value for field in ("data", "stringData") for value in (body.get(field) or {}).values() if value}
    plain = {base64.b64decode(value, validate=False).decode(errors="replace") for value in (body.get("data") or {}).values() if value}
    if not any(value in text for value in values | plain if value):
        return text
    field = re.match(r"[\w.\[\]/-]+(?=: )", text)
    named = f"{field[0]}: " if field and not any(value in field[0] for value in values | plain if value) else ""
    return f"{named}refused; what the server says of it quotes the Secret, and is withheld"
