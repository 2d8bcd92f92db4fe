# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an argument spec to a result: the only place that knows Ansible's module object and calls ``fail_json``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.warnings import warn

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from ._aws.session import Place, assumed
from ._engine.errors import PlatformError
from ._engine.executor import read_live
from ._engine.plan import shown_value
from ._planning.ranges import NETADDR_IMPORT_ERROR
from ._planning.topology_spec import TOPOLOGY_SPEC
from ._stacks.stack import Order, Run, Stack, scope_of

# The options that every stack module has beside its own.
SCOPE_SPEC: dict[str, Any] = {
    "environment": {"type": "str", "required": True},
    "account_id": {"type": "str", "required": True},
}
STACK_SPEC: dict[str, Any] = {
    **SCOPE_SPEC,
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "purge": {"type": "bool", "default": False},
    "tags": {"type": "dict", "default": {}},
    "deletion_protection": {"type": "bool", "default": False},
    "lift_deletion_protection": {"type": "str"},
}


def run_stack(stack: Stack, spec: Mapping[str, Any]) -> None:
    """A stack module: builder, plan, and apply unless in check mode."""

    def converge(module: Any) -> dict[str, Any]:
        declared = stack.build(module.params, _region(module))
        order = Order(absent=module.params["state"] == "absent", purge=module.params["purge"], check=module.check_mode)
        return Run(stack, declared, _place(module), order).converge()

    _run(AnsibleAWSModule(argument_spec={**spec, **STACK_SPEC}, supports_check_mode=True), converge)


def run_in_place(spec: Mapping[str, Any], work: Callable[[Mapping[str, Any], Place, bool], dict[str, Any]]) -> None:
    """A module that calls AWS and is no stack: ``work(parameters, place, check mode)`` answers its result."""

    def act(module: Any) -> dict[str, Any]:
        return work(module.params, _place(module), module.check_mode)

    _run(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True), act)


def run_info(stacks: Iterable[Stack]) -> None:
    """An info module: what is live of these stacks in an environment, by kind and name."""

    def describe(module: Any) -> dict[str, Any]:
        place = _place(module)
        found = {stack.name: _live(stack, place, module.params) for stack in stacks}
        return {"changed": False, **found, "api_calls": dict(place.calls)}

    spec = {"platform": {"type": "str", "required": True}, "hub": TOPOLOGY_SPEC["hub"], **SCOPE_SPEC}
    _run(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True), describe)


def _live(stack: Stack, place: Place, parameters: Mapping[str, Any]) -> dict[str, Any]:
    scope = scope_of(parameters, stack.name)
    live = read_live(stack.kinds, place, scope)
    return {
        kind.kind: {
            each.name: {"id": each.id, "state": each.state, **shown_value(each.values)} for each in found if each.name and each.scope == scope
        }
        for kind, found in live.items()
    }


def _run(module: Any, work: Callable[[Any], dict[str, Any]]) -> None:
    if NETADDR_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("netaddr"), exception=NETADDR_IMPORT_ERROR)
    try:
        result = work(module)
    except PlatformError as error:
        module.fail_json(msg=str(error), **error.details)
    except (BotoCoreError, ClientError) as error:  # outside of a change: reading, or taking and releasing the lease
        module.fail_json_aws(error, msg="A call to AWS failed")
    for text in result.pop("warnings", ()):
        warn(text)  # amazon.aws's own passes them on in a way that ansible-core 2.19 warns of
    module.exit_json(**result)


def _region(module: Any) -> str:
    if not module.region:
        raise PlatformError("No region was given. Set platform_region, the module's region, or AWS_REGION.")
    return str(module.region)


def _place(module: Any) -> Place:
    """Connection options are amazon.aws's own; one session serves all clients. The account is checked before anything else."""
    region, endpoint, connection = get_aws_connection_info(module)
    session = boto3.session.Session(profile_name=connection.pop("profile_name", None), region_name=region)
    asked = connection.pop("aws_config", None) or Config()
    open_any: Any = session.client  # its stub knows service names only as literals

    def open_client(service: str, config: Any, **other: Any) -> Any:
        options = {"region_name": region, "endpoint_url": endpoint, **connection, **other}
        return open_any(service, config=config.merge(asked), **options)

    place = Place(open_client, region=_region(module), account_id=module.params["account_id"])
    place.guard()
    hub = module.params.get("hub")
    if hub and (hub["account_id"], hub["region"] or place.region) != (place.account_id, place.region):
        credentials = assumed(place, hub["role"]) if hub["account_id"] != place.account_id else {}
        place.hub = Place(
            partial(open_client, region_name=hub["region"] or region, **credentials),
            region=hub["region"] or place.region,
            account_id=hub["account_id"],
            tally=place.tally,
        )
    return place
