# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secret in which AWS keeps a VPN connection's pre-shared keys: a JSON object of each tunnel's key by its outside address.

Its name begins with `s2svpn!` and the connection's id, and the service `s2svpn` owns it (AWSVPCS2SVpnServiceRolePolicy).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from moto.ec2.utils import random_id
from moto.secretsmanager.models import secretsmanager_backends

from .vpn_tunnels import Tunnel

_OWNER = "s2svpn"


def keep(backend: Any, connection_id: str, tunnels: Iterable[Tunnel], name: str | None) -> str | None:
    """Write the keys that are to be there, to the secret of that name or to a new one. Answers the name, None without a secret."""
    keys = {tunnel.address: tunnel.key for tunnel in tunnels if tunnel.key and tunnel.storage == "SecretsManager"}
    if not keys and name is None:
        return None
    kept, text = _backend(backend), json.dumps(keys)
    if name is None:
        name = f"{_OWNER}!{connection_id}-{random_id('k')[2:8]}"
        kept.create_managed_secret(_OWNER, name, secret_string=text)
    elif kept.secrets[name].versions[kept.secrets[name].default_version_id]["secret_string"] != text:
        kept._add_secret(name, secret_string=text, tags=kept.secrets[name].tags, description=kept.secrets[name].description)
    return name


def arn(backend: Any, name: str | None) -> str | None:
    return _backend(backend).secrets[name].arn if name else None


def drop(backend: Any, name: str | None) -> None:
    if name:
        _backend(backend).secrets.pop(name)


def _backend(backend: Any) -> Any:
    return secretsmanager_backends[backend.account_id][backend.region_name]
