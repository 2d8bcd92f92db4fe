# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One emulated AWS for a worker's tests, empty for each test that asks for it so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rehearsal.aws.server import WARM, serve
from tests.support.cloud import Cloud


@pytest.fixture(scope="session")
def used_cloud() -> Iterator[Cloud]:
    """As the test before left it."""
    with serve(warm=WARM) as emulator:
        yield Cloud(emulator.url)


@pytest.fixture
def cloud(used_cloud: Cloud) -> Cloud:
    """An empty AWS."""
    used_cloud.control.reset()
    return used_cloud
