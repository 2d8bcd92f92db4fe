# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options and return values that every stack module has (``STACK_SPEC`` and ``SCOPE_SPEC`` declare the options)."""

from __future__ import annotations


class ModuleDocFragment:
    # Which environment, in which account.
    SCOPE = r"""
options:
  environment:
    description: Name of the environment, as declared in the topology.
    type: str
    required: true
  account_id:
    description:
      - The AWS account that the environment lives in.
      - Credentials for any other account are refused before anything else is called.
    type: str
    required: true
requirements:
  - netaddr
"""

    # What info modules have beside the scope.
    INFO = r"""
options:
  platform:
    description: Name of the platform, as in the ownership tags.
    type: str
    required: true
attributes:
  check_mode:
    description: Can run in check mode, where it does the same.
    support: full
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: none
    details: It changes nothing.
notes:
  - The credentials need the permission to read what the module describes, and none to change anything.
"""

    # What modules that build a stack have beside the scope.
    DOCUMENTATION = r"""
options:
  state:
    description:
      - V(present) converges what is live to what is declared, and changes nothing where they are equal.
      - V(absent) takes the stack down in dependency order, waits for what others still hold in it, and names it if they do not let go.
    type: str
    choices: [present, absent]
    default: present
  purge:
    description:
      - Also remove objects that carry the stack's ownership tags and are no longer declared.
      - Without it they are returned in RV(ignore:orphans). What cannot carry tags (routes, entries, rules, associations) always converges.
    type: bool
    default: false
  tags:
    description: More tags for everything that the stack owns. Tags that others put on it are left alone.
    type: dict
    default: {}
  deletion_protection:
    description: Refuse O(state=absent) unless O(lift_deletion_protection) names the environment.
    type: bool
    default: false
  lift_deletion_protection:
    description: The name of the environment that may be taken down in this run.
    type: str
attributes:
  check_mode:
    description: Can run in check mode, where it reads and plans, and changes nothing.
    support: full
    details: Nothing has to exist. Ids of what is only planned show as C(known after apply).
  diff_mode:
    description: Returns what has changed, or would change, in check mode.
    support: full
notes:
  - There is no state file. Ownership is written as the tags C(fintech.platform/platform), C(fintech.platform/environment),
    C(fintech.platform/stack) and C(fintech.platform/name).
  - A run that changes something takes a lease, an SSM parameter below C(/fintech.platform/), so that two runs never change one stack at once.
    A second run waits for it; the lease of a run that was killed expires within two minutes.
  - A run that was killed or failed is repaired by running again.
"""
