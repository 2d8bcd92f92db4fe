# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: validate_inventory
version_added: 0.1.0
short_description: Check the inventory of a platform
description:
  - Checks every C(platform_*) variable and every variable of the collection's roles that the host sees, from whatever source,
    against the collection's JSON Schema, and the host against C(platform_environments).
  - A key that is not known, at any depth, is refused, naming the nearest one that is.
  - All errors come in one message; each names the variable's path, its value, the rule and the way out. Values from a vault are not shown.
  - It is the first task of every playbook of the collection. Address arithmetic, such as overlaps, is judged by the stacks' plans.
requirements:
  - jsonschema >= 4.18 on the controller
attributes:
  action:
    description: Runs on the controller, without a process of its own and without a connection.
    support: full
  async:
    description: Supports being used with the C(async) keyword.
    support: none
  check_mode:
    description: Changes nothing, so that it does the same in check mode.
    support: full
  diff_mode:
    description: Changes nothing, so that there is nothing to show.
    support: none
  platform:
    description: Platforms that it runs for.
    support: full
    platforms: all
notes:
  - >-
    The schema is C(schemas/platform.schema.json) of the collection. Editors use it with the comment
    C(# yaml-language-server: $schema=path) at the head of a file.
author:
  - Contributors to the fintech.platform project (@fintech-platform)
"""

EXAMPLES = r"""
- name: Converge the network of the environments
  hosts: environments
  gather_facts: false
  tasks:
    - name: Validate the inventory
      fintech.platform.validate_inventory:
      tags: [always]

    - name: Converge the network
      ansible.builtin.import_role:
        name: fintech.platform.network
"""

RETURN = r"""
variables:
  description: Names of the variables that were checked.
  returned: success
  type: list
  elements: str
  sample: [network_internet_egress, platform_account_id, platform_name]
"""
