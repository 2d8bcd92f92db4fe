# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks of the tests, and an SDK in a hurry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.network import Network


@pytest.fixture(scope="session", autouse=True)
def _hurried_sdk() -> Iterator[None]:
    """The SDK's pauses before it tries again are seconds; how often it tries stays as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda _self, _context: 0.01)
        yield


@pytest.fixture
def network(cloud: Cloud) -> Callable[..., Network]:
    """A network that is still to be built, with the given options."""

    def declare(**options: Any) -> Network:
        return Network(cloud, options)

    return declare


@pytest.fixture
def built(network: Callable[..., Network]) -> Callable[..., Network]:
    """A network that is there, with the given options."""

    def build(**options: Any) -> Network:
        found = network(**options)
        found.run()
        return found

    return build
