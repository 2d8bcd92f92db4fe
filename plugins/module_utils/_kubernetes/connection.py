# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's options to the API server: an EKS cluster by its name, or what kubernetes.core's modules take."""

from __future__ import annotations

import base64
import os
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any

try:
    import kubernetes
    from kubernetes.client import ApiClient, Configuration
    from kubernetes.config import ConfigException
    from urllib3 import make_headers
except ImportError:
    KUBERNETES_IMPORT_ERROR: str | None = traceback.format_exc()
else:
    KUBERNETES_IMPORT_ERROR = None

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:  # AnsibleAWSModule reports it
    pass

from .._engine.errors import PlanError
from .api import WORKERS, Api
from .token import FRESH, eks_token

OLDEST_CLIENT = 37  # the first whose models validate, and that takes a CA without a file
# Options of kubernetes.core, by the client's name for them.
SETTINGS = {
    "host": "host", "username": "username", "password": "password", "cert_file": "client_cert", "key_file": "client_key", "ssl_ca_cert": "ca_cert",
    "verify_ssl": "validate_certs", "proxy": "proxy", "no_proxy": "no_proxy",
}  # fmt: skip
CREDENTIALS = (("api_key",), ("username", "password"), ("client_cert", "client_key"))

OpenClient = Callable[..., Any]


class ClusterPlanned(Exception):
    """The EKS cluster is not there, or has no endpoint yet."""


def connect(options: Mapping[str, Any], open_client: OpenClient, region: str | None) -> Api:
    """Raises ``ClusterPlanned``, or ``PlanError`` where the options lead nowhere. Nothing is sent to the cluster yet."""
    if int(kubernetes.__version__.partition(".")[0]) < OLDEST_CLIENT:
        raise PlanError(f"The Python package kubernetes {kubernetes.__version__} is too old, {OLDEST_CLIENT} or later is needed.")
    given = with_environment(options)
    if name := options.get("cluster"):
        configuration, way_in = _eks_configuration(name, open_client, region)
    else:
        configuration, way_in = _configuration(given), ""
    configuration.connection_pool_maxsize = WORKERS
    return Api(ApiClient(configuration), way_in=way_in, headers=_impersonation(given))


def with_environment(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that are unset, from the variables that kubernetes.core's modules read."""
    aliases = {"client_cert": "CERT_FILE", "client_key": "KEY_FILE", "ca_cert": "SSL_CA_CERT"}
    names = (*SETTINGS.values(), "api_key", "kubeconfig", "context", "impersonate_user", "impersonate_groups")
    given = {name: options.get(name) for name in names}
    for name in [name for name in names if given[name] is None and name != "validate_certs"]:
        variables = (f"K8S_AUTH_{name.upper()}", f"K8S_AUTH_{aliases.get(name, name.upper())}")
        given[name] = next((os.environ[each] for each in variables if os.environ.get(each)), None)
    if isinstance(given["impersonate_groups"], str):
        given["impersonate_groups"] = given["impersonate_groups"].split(",")
    return given | {"proxy_headers": options.get("proxy_headers")}


def _configuration(given: Mapping[str, Any]) -> Any:
    configuration: Any = Configuration()
    if not (given["host"] and any(all(given[name] for name in names) for names in CREDENTIALS)):
        _load(configuration, given)
    for name, option in SETTINGS.items():
        if given[option] is not None:
            setattr(configuration, name, given[option])
    if given["api_key"]:
        configuration.api_key = {"authorization": f"Bearer {given['api_key']}"}
        configuration.refresh_api_key_hook = None
    if headers := {name: value for name, value in (given["proxy_headers"] or {}).items() if value}:
        configuration.proxy_headers = make_headers(**headers)
    return configuration


def _load(configuration: Any, given: Mapping[str, Any]) -> None:
    """The kubeconfig that was named, else that of the Pod that this runs in, else the user's own."""
    untyped: Any = kubernetes.config
    file, context = given["kubeconfig"], given["context"]
    try:
        if isinstance(file, Mapping):
            untyped.load_kube_config_from_dict(dict(file), context=context, client_configuration=configuration)
        elif file or context or "KUBERNETES_SERVICE_HOST" not in os.environ:
            untyped.load_kube_config(config_file=file, context=context, client_configuration=configuration)
        else:
            untyped.load_incluster_config(client_configuration=configuration)
    except ConfigException as error:
        raise PlanError(f"No Kubernetes API is named: {error} Give the option cluster, kubeconfig, or host with a credential.") from error


def _impersonation(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if given["impersonate_user"]:
        yield "Impersonate-User", given["impersonate_user"]
    for group in given["impersonate_groups"] or ():
        yield "Impersonate-Group", group


def _eks_configuration(name: str, open_client: OpenClient, region: str | None) -> tuple[Any, str]:
    if not region:
        raise PlanError("No region was given. Set platform_region, the module's region, or AWS_REGION.")
    cluster = _describe(name, open_client, region)
    if not cluster.get("endpoint"):
        raise ClusterPlanned(f"The EKS cluster {name} is {cluster.get('status', 'unknown')} and has no endpoint. Run again once it is ACTIVE.")
    configuration: Any = Configuration(host=cluster["endpoint"], ca_cert_data=base64.b64decode(cluster["certificateAuthority"]["data"]).decode())
    signed: list[float] = []

    def sign(target: Any) -> None:
        if not signed or time.monotonic() - signed[-1] > FRESH:
            target.api_key = {"authorization": f"Bearer {eks_token(open_client, name)}"}
            signed.append(time.monotonic())

    sign(configuration)
    configuration.refresh_api_key_hook = sign
    return configuration, _way_in(name, cluster.get("resourcesVpcConfig", {}))


def _describe(name: str, open_client: OpenClient, region: str) -> dict[str, Any]:
    try:
        return open_client("eks").describe_cluster(name=name)["cluster"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            raise ClusterPlanned(f"There is no EKS cluster {name} in {region}. Build it first: fintech.platform.cluster.") from error
        raise PlanError(f"The EKS cluster {name} cannot be described: {error}") from error
    except BotoCoreError as error:
        raise PlanError(f"The EKS cluster {name} cannot be described: {error}") from error


def _way_in(name: str, network: Mapping[str, Any]) -> str:
    """For who does not get through to the endpoint."""
    if not network.get("endpointPublicAccess"):
        vpc = network.get("vpcId", "its VPC")
        return (
            f"The endpoint of {name} is private: it answers inside {vpc} only, and to networks that platform_access admits to the tier cluster_api. "
            "Run Ansible there, or bring up the VPN between."
        )
    admitted = ", ".join(network.get("publicAccessCidrs") or ())
    return f"The public endpoint of {name} admits {admitted or 'no network'}. Run Ansible from there, or inside the VPC."
