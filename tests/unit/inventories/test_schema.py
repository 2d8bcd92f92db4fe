# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schema, the roles' argument_specs and defaults, and the inventory page say the same of every variable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ansible_collections.fintech.platform.plugins.module_utils import _schema
from ansible_collections.fintech.platform.plugins.module_utils._module import SCOPE_SPEC, STACK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._planning.topology_spec import TOPOLOGY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.ecr_registry_spec import ECR_REGISTRY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.eks_cluster_spec import EKS_CLUSTER_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.image_mirror import IMAGE_MIRROR_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.network_spec import NETWORK_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.reachability import REACHABILITY_SPEC
from ansible_collections.fintech.platform.plugins.module_utils._stacks.transit_network_spec import TRANSIT_NETWORK_SPEC

ROOT = Path(__file__).resolve().parents[3]
SCHEMA: dict[str, Any] = json.loads((ROOT / "schemas/platform.schema.json").read_text(encoding="utf-8"))
VARIABLES: dict[str, Any] = SCHEMA["properties"]
REQUIRED: list[str] = SCHEMA["$defs"]["inventory"]["required"]
ROLES = sorted(path.name for path in (ROOT / "roles").iterdir())
INVENTORY_ROLES = [role for role in ROLES if role != "strongswan_gateway"]  # that one is for a machine of a site, which the inventory has no host for
MODULES = {  # by role, which has the module's name
    "network": {**TOPOLOGY_SPEC, **STACK_SPEC, **NETWORK_SPEC},
    "transit_network": {**TOPOLOGY_SPEC, **STACK_SPEC, **TRANSIT_NETWORK_SPEC},
    "reachability": {**TOPOLOGY_SPEC, **SCOPE_SPEC, **REACHABILITY_SPEC},
    "eks_cluster": {**TOPOLOGY_SPEC, **STACK_SPEC, **EKS_CLUSTER_SPEC},
    "ecr_registry": {**STACK_SPEC, **ECR_REGISTRY_SPEC},
    "image_mirror": {**SCOPE_SPEC, **IMAGE_MIRROR_SPEC},
}
FILES = ["topology", "images", "environment", "hub", "command line"]

ARGUMENT_TYPES = {"array": "list", "boolean": "bool", "integer": "int", "object": "dict", "string": "str"}
WORDS = {"array": "list", "boolean": "true or false", "integer": "whole number", "null": "null", "object": "mapping", "string": "text"}


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    return {**SCHEMA["$defs"][node["$ref"].rpartition("/")[2]], **node} if "$ref" in node else node


def types(node: dict[str, Any]) -> list[str]:
    if "type" not in node:
        return ["integer" if isinstance(node["enum"][0], int) else "string"]
    return [node["type"]] if isinstance(node["type"], str) else node["type"]


def nodes(node: dict[str, Any], path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every subschema that can be violated."""
    yield path, node
    for key in ("items", "propertyNames", "additionalProperties", "then"):
        if isinstance(inner := node.get(key), dict):
            yield from nodes(inner, f"{path}/{key}")
    for key in ("properties", "$defs"):
        for name, inner in node.get(key, {}).items():
            yield from nodes(inner, f"{path}/{key}/{name}")


def argument(node: dict[str, Any], *, required: bool) -> dict[str, Any]:
    """The argument spec that a schema amounts to. Null as a default is none; a port may be a number, which modules take as text; JSON has no paths."""
    node = resolved(node)
    spec: dict[str, Any] = {"description": node["description"], "type": node.get("x-type") or ARGUMENT_TYPES[types(node)[0]]}
    spec |= {"required": True} if required else {}
    spec |= {"default": node["default"]} if node.get("default") is not None else {}
    spec |= {"choices": node["enum"]} if "enum" in node else {}
    options = node
    if spec["type"] == "list":
        options = resolved(node["items"])
        spec["elements"] = ARGUMENT_TYPES[types(options)[0]]
        spec |= {"choices": options["enum"]} if "enum" in options else {}
    if "properties" in options:
        spec["options"] = arguments(options)
    return spec


def arguments(node: dict[str, Any]) -> dict[str, Any]:
    return {name: argument(inner, required=name in node.get("required", ())) for name, inner in node["properties"].items()}


def rows(node: dict[str, Any], required: list[str], prefix: str = "") -> Iterator[str]:
    """The rows of the inventory page's tables."""
    for name, unresolved in node.items():
        inner = resolved(unresolved)
        path, default = prefix + name, f" ``{json.dumps(inner['default'])}``" if "default" in inner else ""
        kind = " or ".join(WORDS[word] for word in types(inner))
        if "type" not in inner:
            kind = f"one of {', '.join(f'``{choice}``' for choice in inner['enum'])}"
        yield f"   * - ``{path}``\n     - {kind}\n     -{' required' if name in required else default}\n     - {inner['description']}\n"
        entry = resolved(inner.get("items", {}))
        yield from rows(inner.get("properties", {}), inner.get("required", []), f"{path}.")
        yield from rows(entry.get("properties", {}), entry.get("required", []), f"{path}[].")


def complete(spec: dict[str, Any]) -> dict[str, Any]:
    """A module's option as the schema says it: applied defaults written out, keys that say nothing left out."""
    options = {name: complete(inner) for name, inner in spec.get("options", {}).items()}
    found = {key: spec[key] for key in ("type", "elements", "required", "choices", "default") if spec.get(key) is not None}
    found |= {"options": options} if options else {}
    if spec.get("apply_defaults"):
        found["default"] = {name: inner["default"] for name, inner in options.items() if "default" in inner}
    return found


def judged(spec: dict[str, Any], module: dict[str, Any]) -> dict[str, Any]:
    """A role's option without its description, and without choices that the module leaves to AWS."""
    options = {name: judged(inner, module["options"].get(name, {})) for name, inner in spec.get("options", {}).items()}
    ignored = {"description"} | ({"choices"} - module.keys())
    return {key: options if key == "options" else value for key, value in spec.items() if key not in ignored}


def specs(role: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / f"roles/{role}/meta/argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]


def test_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


def test_every_rule_has_its_sentence() -> None:
    ruling = set(Draft202012Validator.VALIDATORS) - {"$ref", "properties", "patternProperties", "items", "if", "propertyNames"}
    used = {keyword for _path, node in nodes(SCHEMA) for keyword in node}
    assert used & ruling <= {*_schema._RULES, "required", "additionalProperties"}
    assert [path for path, node in nodes(SCHEMA) if "pattern" in node and "patternErrorMessage" not in node] == []


def test_no_mapping_takes_unknown_keys_unawares() -> None:
    open_mappings = [path for path, node in nodes(SCHEMA) if node.get("type") == "object" and "additionalProperties" not in node]
    assert open_mappings == []


@pytest.mark.parametrize("name", VARIABLES)
def test_variable_helps_in_an_editor(name: str) -> None:
    node = resolved(VARIABLES[name])
    assert node["description"].endswith(".")
    assert node["x-file"] in FILES
    assert name in REQUIRED or "default" in node or node["examples"]
    check = Draft202012Validator(SCHEMA)
    for value in [*node.get("examples", ()), *([node["default"]] if "default" in node else ())]:
        check.validate({name: value})


def test_roots_of_variables_are_governed_by_the_schema() -> None:
    inventory = _schema.InventorySchema(SCHEMA, is_secret=lambda value: False)
    assert [name for name in VARIABLES if not inventory.governs(name)] == []
    assert [role for role in ROLES if inventory.governs(f"{role}_x")] == INVENTORY_ROLES


@pytest.mark.parametrize("role", INVENTORY_ROLES)
def test_argument_specs_agree(role: str) -> None:
    expected = {name: argument(node, required=name in REQUIRED) for name, node in VARIABLES.items()}
    given = specs(role)
    assert given == {name: spec for name, spec in expected.items() if name in given}
    assert {name for name in given if name.startswith(f"{role}_")} == {name for name in VARIABLES if name.startswith(f"{role}_")}


@pytest.mark.parametrize("role", ROLES)
def test_defaults_have_every_input(role: str) -> None:
    text = (ROOT / f"roles/{role}/defaults/main.yml").read_text(encoding="utf-8")
    defaults = {name: None if "{{" in str(value) else value for name, value in yaml.safe_load(text).items()}  # no spec has what is computed
    given = specs(role)
    own = {name: spec for name, spec in given.items() if name.startswith(f"{role}_") and not spec.get("required")}
    assert defaults == {name: spec.get("default") for name, spec in own.items()}
    assert set(re.findall(r"^# ([a-z]+_\w+): ", text, re.MULTILINE)) == given.keys() - own


def only_call(role: str) -> dict[str, str]:
    """What the role's only task, or the first of its only block, passes to the module of its name."""
    [task] = yaml.safe_load((ROOT / f"roles/{role}/tasks/main.yml").read_text(encoding="utf-8"))
    return task.get("block", [task])[0][f"fintech.platform.{role}"]


@pytest.mark.parametrize("role", MODULES)
def test_role_passes_every_input_to_one_module(role: str) -> None:
    assert {value.split()[1] for value in only_call(role).values()} == {*specs(role), "inventory_hostname"}


@pytest.mark.parametrize("role", MODULES)
def test_role_and_module_take_the_same(role: str) -> None:
    """What the inventory must name, the module may have another source for."""
    module, given = MODULES[role], specs(role)
    variables = {option: value.split()[1] for option, value in only_call(role).items() if option in module}
    assert set(variables) == set(module)
    assert variables.pop("environment") == "inventory_hostname"
    wanted = {option: complete(module[option]) for option in variables}
    assert wanted == {option: judged(given[variable], module[option]) for option, variable in variables.items()}


def test_inventory_page_has_every_variable() -> None:
    page = (ROOT / "docs/docsite/rst/inventory.rst").read_text(encoding="utf-8")
    tables = [table.split("\n\n")[0] for table in page.split("     - Meaning\n")[1:]]
    for file, table in zip(FILES, tables, strict=True):
        assert table.rstrip() == "".join(rows({name: node for name, node in VARIABLES.items() if node["x-file"] == file}, REQUIRED)).rstrip()
