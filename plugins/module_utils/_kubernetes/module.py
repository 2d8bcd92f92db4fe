# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the options of ``manifest_set`` to its result: what knows Ansible's module object, and calls ``fail_json``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.warnings import warn
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

from .._aws.session import Place
from .._engine.errors import PlanError, PlatformError
from .api import Api
from .apply_set import ApplySet
from .connection import KUBERNETES_IMPORT_ERROR, ClusterPlanned, connect
from .errors import ApiError
from .manifest import Manifest, documents_of, read_manifests
from .manifest_set import converge
from .member import Options

# Those of kubernetes.core's modules. A kubeconfig given as a mapping is kept out of the result by the action plugin: marked as
# a secret, every word in it ("default", "v1") would be struck out wherever else it stands.
CONNECTION_SPEC: dict[str, Any] = {
    "cluster": {"type": "str"},
    "account_id": {"type": "str"},
    "kubeconfig": {"type": "raw", "no_log": False},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True, "aliases": ["verify_ssl"]},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"], "no_log": False},
    "proxy": {"type": "str"},
    "no_proxy": {"type": "str"},
    "proxy_headers": {
        "type": "dict",
        "options": {
            "proxy_basic_auth": {"type": "str", "no_log": True},
            "basic_auth": {"type": "str", "no_log": True},
            "user_agent": {"type": "str"},
        },
    },
    "persist_config": {"type": "bool"},
    "impersonate_user": {"type": "str"},
    "impersonate_groups": {"type": "list", "elements": "str"},
}


def run_manifest_set(spec: Mapping[str, Any]) -> None:
    """Never logs its options: manifests may be Secrets."""
    module: Any = AnsibleAWSModule(
        argument_spec={**CONNECTION_SPEC, **spec},
        supports_check_mode=True,
        no_log=True,
        mutually_exclusive=[("cluster", "kubeconfig"), ("cluster", "host"), ("cluster", "context")],
        required_by={"account_id": "cluster"},
    )
    if KUBERNETES_IMPORT_ERROR:
        module.fail_json(msg=missing_required_lib("kubernetes"), exception=KUBERNETES_IMPORT_ERROR)
    try:
        result = _converge(module, module.params)
    except ApiError as error:
        module.fail_json(msg=f"The Kubernetes API refused a call: {error}")
    except PlatformError as error:
        module.fail_json(msg=str(error), **error.details)
    for text in result.pop("warnings"):
        warn(text)  # amazon.aws's own passes them on in a way that ansible-core 2.19 warns of
    module.exit_json(**result)


def _converge(module: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    manifests = read_manifests(documents_of(given["definitions"]))
    set_ = ApplySet(name=given["name"], namespace=given["set_namespace"])
    options = Options(
        namespace=given["namespace"],
        absent=given["state"] == "absent",
        purge=given["purge"],
        force=given["force_conflicts"],
        check=module.check_mode,
        wait=given["wait"],
        timeout=given["wait_timeout"],
        addresses=given["wait_for_addresses"],
    )
    return converge(_api(module, given, options, manifests), set_, manifests, options)


def _api(module: Any, given: Mapping[str, Any], options: Options, manifests: list[Manifest]) -> Api | None:
    """None where the cluster is only planned, which is enough for check mode, and to take down what is in it."""
    if given["cluster"] and given["account_id"]:
        Place(partial(_open_client, module), region=module.region, account_id=given["account_id"]).guard()
    try:
        return connect(given, module.client, module.region)
    except ClusterPlanned as planned:
        if not (options.check or options.absent):
            raise PlanError(str(planned)) from planned
        manifests[:] = [] if options.absent else manifests
        return None


def _open_client(module: Any, service: str, config: Any) -> Any:
    return module.client(service, config=config)
