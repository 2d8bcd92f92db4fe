# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the emulated AWS in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

from moto.core.base_backend import BackendDict, backend_lock
from moto.core.model_instances import reset_model_data
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from .eks.control_planes import CONTROL_PLANES, Maker
from .front import Front
from .handler import Server
from .registry import extend

ACCOUNT = "123456789012"
EXTENDED = ("ec2", "ecr", "eks", "iam", "kms", "logs", "ram", "route53resolver", "ssm", "sts")
WARM = ("ec2", "iam", "sts", "logs", "ssm", "s3")


@dataclass(frozen=True)
class Emulator:
    """A running emulator: its URL, its front (log, faults, latency) and `stop`. Also a context manager."""

    url: str
    front: Front
    _server: Server

    def stop(self) -> None:
        """Stop listening, end every connection and all control planes. The state of moto's backends belongs to the process and stays."""
        self._server.stop()
        CONTROL_PLANES.stop_all()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def serve(port: int = 0, warm: Iterable[str] = (), clusters: Maker | None = None) -> Emulator:
    """Listen on the loopback address, on a free port by default, with an empty AWS behind it.

    moto keeps its state in the process: two emulators in one process share one AWS.
    `warm` names services whose first use is to be quick: it loads their models (0.3 to 3 s each). `clusters` makes the control
    planes of EKS clusters; without it, clusters are only what AWS tells of them.
    """
    application = DomainDispatcherApplication(create_backend_app)
    for service in EXTENDED:
        extend(service, f"{__package__}.{service}")
    _forget()
    for service in warm:
        _warm_up(application, service)
    front = Front(application, _forget)
    server = Server(port, front)
    os.environ["MOTO_PORT"] = str(server.server_port)  # where moto finds itself
    CONTROL_PLANES.maker, CONTROL_PLANES.url = clusters, f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return Emulator(f"http://127.0.0.1:{server.server_port}", front, server)


def _forget() -> None:
    """Drop all state. moto's own reset builds every backend anew before it drops it, which takes seconds."""
    CONTROL_PLANES.stop_all()
    with backend_lock:
        for backends in BackendDict._instances:
            for account in backends.values():
                for backend in account.values():
                    _release(backend)
            backends.clear()
            getattr(backends, "master_accounts", {}).clear()  # whose organization an account is in
        BackendDict._instances.clear()
    reset_model_data()


def _release(backend: Any) -> None:
    """S3 keeps objects in temporary files: only its own reset closes them."""
    if hasattr(backend, "buckets") and hasattr(backend, "tagger"):
        backend.reset()


def _warm_up(application: DomainDispatcherApplication, service: str, region: str = "eu-central-1") -> None:
    model = get_service_model(service)
    for name in model.operation_names:
        model.operation_model(name).input_shape  # noqa: B018 - botocore resolves shapes on first use
    if str(model.protocol).startswith("rest"):
        get_service_router(service)
    credential = f"AWS4-HMAC-SHA256 Credential=x/20200101/{region}/{service}/aws4_request"
    application.get_application({"HTTP_AUTHORIZATION": credential, "HTTP_HOST": "127.0.0.1", "PATH_INFO": "/"})
