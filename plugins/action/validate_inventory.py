# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.parsing.vault import VaultHelper
from ansible.plugins.action import ActionBase

from ansible_collections.fintech.platform.plugins.module_utils._schema import HAS_JSONSCHEMA, InventorySchema

SCHEMA_PATH = Path(__file__).parents[2] / "schemas" / "platform.schema.json"


class ActionModule(ActionBase):
    """Check everything that the host's inventory says about the platform, on the controller and without a process."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return the names of the checked variables; raise AnsibleActionFail with every error there is."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec={})
        if not HAS_JSONSCHEMA:
            raise AnsibleActionFail("The inventory cannot be checked: install jsonschema in the Python that runs ansible-playbook.")
        task_vars = task_vars or {}
        schema = InventorySchema(json.loads(SCHEMA_PATH.read_text(encoding="utf-8")), is_secret=_is_vaulted)
        variables, unread = self._read(schema, task_vars)
        misspelt = schema.misspelt(task_vars)
        errors = [f"{name} cannot be evaluated: {error}" for name, error in unread.items()]
        errors += [f"{name} is not known; did you mean {meant}?" for name, meant in misspelt.items()]
        errors += _defects(schema, variables, {*unread, *misspelt.values()}, task_vars)
        if errors:
            host, count = task_vars["inventory_hostname"], len(errors)
            raise AnsibleActionFail("\n- ".join([f"The inventory of {host} has {count} error{'s' * (count > 1)}:", *errors]))
        return {**result, "changed": False, "variables": sorted(variables)}

    def _read(self, schema: InventorySchema, task_vars: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, AnsibleError]]:
        variables: dict[str, Any] = {}
        unread: dict[str, AnsibleError] = {}
        for name in filter(schema.governs, task_vars):
            try:
                variables[name] = schema.accept(name, _plain(self._templar.template(task_vars[name])))
            except AnsibleError as error:
                unread[name] = error
        return variables, unread


def _plain(value: Any) -> Any:
    """Evaluate lazy containers to the last leaf, and write days as the text that JSON has for them."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date) else value


def _is_vaulted(value: object) -> bool:
    return VaultHelper.get_ciphertext(value, with_tags=False) is not None


def _defects(schema: InventorySchema, variables: Mapping[str, Any], excused: set[str], task_vars: Mapping[str, Any]) -> Iterator[str]:
    known, required = schema.document["properties"], schema.document["$defs"]["inventory"]["required"]
    topology = [name for name in required if known[name]["x-file"] == "topology"]
    if not {*variables, *excused} & {*topology}:
        yield (
            f"the shared topology is missing (none of {', '.join(topology)} is set): group_vars/all/topology.yml of the inventory "
            "must link to it. A folder copied elsewhere loses the link's target; link it again or put the file itself there"
        )
        return
    yield from schema.violations(variables, excused)
    if "hubs" not in task_vars["group_names"]:
        yield from _undeclared(task_vars["inventory_hostname"], variables.get("platform_environments"))


def _undeclared(host: str, environments: Any) -> Iterator[str]:
    entries = environments if isinstance(environments, list) else []
    declared = [str(entry["name"]) for entry in entries if isinstance(entry, dict) and "name" in entry]
    if declared and len(declared) == len(entries) and host not in declared:  # otherwise the schema's errors say enough
        nearest = difflib.get_close_matches(host, declared, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"declared are {', '.join(declared)}."
        yield f"host {host} is not in platform_environments; {hint} Name the host after an environment, or declare it with a free slot"
