# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's Route 53 Resolver backend; its containers hold the overlay's endpoints, rules and associations."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.route53resolver.models import Route53ResolverBackend

from ..answers import AwsError
from ..overlay import Asked


class Backend(Route53ResolverBackend):
    """The state of one account and region.

    What happens later is on EC2's agenda, since it makes and removes network interfaces: calls to both services let it happen.
    """

    @property
    def agenda(self) -> Any:
        return self.ec2_backend.agenda

    def arn(self, resource: str) -> str:
        return f"arn:aws:route53resolver:{self.region_name}:{self.account_id}:{resource}"


def check_name(asked: Asked) -> None:
    """The model's pattern has its anchor inside, and so finds a part that fits in any name."""
    if not re.fullmatch(r"(?![0-9]+$)[a-zA-Z0-9\-_' ]*", asked.get("Name", "")):
        raise AwsError("InvalidParameterException", f"The name '{asked['Name']}' has other characters than letters, digits, hyphens and spaces")


def random_id(prefix: str) -> str:
    return f"{prefix}-{mock_random.get_random_hex(17)}"


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
