# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pre-shared key of a tunnel, out of the text of a secret. No message has any of the text in it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..._engine.errors import PlatformError
from ..ec2.pre_shared_keys import FORM


def tunnel_keys(client: Any, entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys that ``entries`` name, each as the arguments of ``tunnel_key``; a secret that several name is read once."""
    texts: dict[str, str] = {}
    for entry in entries:
        if entry["secret"] not in texts:
            texts[entry["secret"]] = client.get_secret_value(SecretId=entry["secret"])["SecretString"]
    return [tunnel_key(texts[entry["secret"]], **entry) for entry in entries]


def tunnel_key(text: str, *, secret: str, outside_address: str | None, member: str | None = None) -> str:
    """The key in ``text``, which is the key itself or a JSON object of several, as AWS keeps those of a connection in one secret.

    ``member`` is the key's name in the object; without it the tunnel's outside address decides, or there is only one.
    Raises PlatformError where that leaves none or several, and for what AWS takes as no key.
    """
    key = _member(_object(text), text, secret, outside_address, member)
    if not FORM.fullmatch(key):
        raise PlatformError(
            f"The secret {secret} has no pre-shared key for the tunnel to {outside_address}: AWS takes 8 to 64 letters, digits, periods and"
            " underscores that do not begin with a zero. Check what is in the secret."
        )
    return key


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _member(found: dict[str, Any] | None, text: str, secret: str, outside_address: str | None, member: str | None) -> str:
    if found is None:
        return text
    name = member or (outside_address if outside_address in found else None) or (next(iter(found)) if len(found) == 1 else None)
    if name not in found:
        raise PlatformError(
            f"The secret {secret} has {len(found)} members, and none of them is {name or outside_address}. Name the one with the key of the"
            f" tunnel to {outside_address} as the member of its pre_shared_keys entry: {', '.join(sorted(found))}."
        )
    return str(found[name])
