# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""moto's SSM backend with the public parameters that it lacks."""

from __future__ import annotations

from moto.ssm.models import Parameter, ParameterDict, SimpleSystemManagerBackend

from ..eks import images

_ROOTS = ("/aws/service/eks", "/aws/service/bottlerocket")


class Parameters(ParameterDict):
    """AWS's own are loaded when they are first asked for."""

    def __init__(self, account_id: str, region_name: str) -> None:
        super().__init__(account_id, region_name)
        self._images_loaded = False

    def _check_loading_status(self, key: str) -> None:
        super()._check_loading_status(key)
        if str(key or "").startswith(_ROOTS) and not self._images_loaded:
            self._images_loaded = True
            for name, value in images.parameters(self.region_name).items():
                self[name].append(self._public(name, value))

    def _public(self, name: str, value: str) -> Parameter:
        return Parameter(
            account_id=self.account_id, name=name, value=value, parameter_type="String", description=None, allowed_pattern=None,
            keyid=None, last_modified_date=images.PUBLISHED, version=1, data_type="text",
        )  # fmt: skip


class Backend(SimpleSystemManagerBackend):
    """The state of one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self._parameters = Parameters(account_id, region_name)
