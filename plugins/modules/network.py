#!/usr/bin/python
# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
"""
EXAMPLES = r"""
"""
RETURN = r"""
"""

from ansible_collections.fintech.platform.plugins.module_utils._module import run_stack
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network import NETWORK
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC


def main() -> None:
    run_stack(NETWORK, {**TOPOLOGY_SPEC, **NETWORK_SPEC})


if __name__ == "__main__":
    main()
