# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site's own pre-shared keys: compared by their versions, read in process only when AWS is to be told them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ..._engine.errors import PlatformError
from ..secretsmanager.existing_secret import ExistingSecret
from ..tags import PREFIX

KEY_VERSIONS = f"{PREFIX}pre-shared-keys"  # the tag of a connection with the versions of the keys that it was told
# EC2 API reference, VpnTunnelOptionsSpecification: 8 to 64 of these, the first of which is no zero.
FORM = re.compile(r"(?!0)[A-Za-z0-9._]{8,64}")
REPLACEMENT = "(secret)"


@dataclass(frozen=True)
class PreSharedKeys:
    """The secrets of the first and the second tunnel, as the connection lists its tunnels."""

    first: ExistingSecret | str
    second: ExistingSecret | str

    @property
    def version(self) -> str:
        """Both versions; of resolved keys, whose secrets are their versions."""
        return f"{self.first} {self.second}"

    def __str__(self) -> str:
        return self.version

    def value(self, place: Any, index: int) -> str:
        """The key of a tunnel, 0 or 1. Raises ``PlatformError`` where AWS would refuse it, and quote it."""
        kept = (self.first, self.second)[index]
        if not isinstance(kept, ExistingSecret):
            raise TypeError("A resolved secret has only its version")
        value = kept.value(place)
        if not FORM.fullmatch(value):
            raise PlatformError(
                f"The secret {kept.name} is no pre-shared key: AWS takes 8 to 64 letters, digits, periods and underscores that do not "
                "begin with a zero. Put one into the secret as plain text."
            )
        return value


@contextmanager
def guarded(*keys: str) -> Iterator[None]:
    """A refusal that quotes one of the keys is raised without it, and without what it came from."""
    try:
        yield
    except ClientError as error:
        text = error.response["Error"].get("Message", "")
        for key in keys:
            text = text.replace(key, REPLACEMENT)
        response = {**error.response, "Error": {**error.response["Error"], "Message": text}}
        raise ClientError(response, error.operation_name) from None
