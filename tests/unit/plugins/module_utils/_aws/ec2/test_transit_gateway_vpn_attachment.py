# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The attachment that AWS makes with a VPN connection may be listed later than the connection."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ansible_collections.fintech.platform.plugins.module_utils._aws.ec2.transit_gateway_vpn_attachment import TransitGatewayVpnAttachment
from ansible_collections.fintech.platform.plugins.module_utils._aws.errors import advise
from ansible_collections.fintech.platform.plugins.module_utils._aws.session import Place
from ansible_collections.fintech.platform.plugins.module_utils._aws.tags import ownership
from ansible_collections.fintech.platform.plugins.module_utils._engine.errors import Advice
from ansible_collections.fintech.platform.plugins.module_utils._engine.resource import Scope

SCOPE = Scope(platform="acme", environment="hub", stack="transit_network")
ITEM = {"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceId": "vpn-1", "ResourceType": "vpn", "State": "available"}


def listing(*items: Any) -> Any:
    place = Place(lambda _service, _config: None, region="eu-central-1", account_id="123456789012")
    vars(place)["pages"] = lambda _service, _operation, _key: list(items)
    return place


def test_it_is_looked_for_again_until_it_is_listed() -> None:
    connection: Any = SimpleNamespace(id="vpn-1")
    attachment = TransitGatewayVpnAttachment(name="kyiv", connection=connection, tags=ownership(SCOPE, "kyiv"))
    with pytest.raises(ClientError, match="vpn-1 has no attachment yet") as unseen:
        attachment.create(listing({**ITEM, "ResourceId": "vpn-2"}, {**ITEM, "State": "deleted"}))
    assert advise(unseen.value) is Advice.RETRY
    found = attachment.create(listing(ITEM))
    assert (found.id, found.name, found.scope, found.state) == ("tgw-attach-1", "kyiv", SCOPE, "available")
