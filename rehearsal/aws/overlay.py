# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an overlay changes what moto's response class does: by plain functions for single actions, in four tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse
from moto.core.utils import camelcase_to_underscores, get_service_model

from .described import Listing, PlainResult

Asked = dict[str, Any]
Check = Callable[[Any, Asked], None]
Act = Callable[[Any, Asked], Any]
Follow = Callable[[Any, Asked, Any], None]


class OverlayResponse(BaseResponse):
    """Mix in before a moto response class that parses its parameters by botocore's model.

    CHECKED: refuses what AWS refuses and may mend the parameters, then moto acts. REPLACED: acts in moto's place and
    returns the answer's content. FOLLOWED: adds to what was done. LISTED: how the rows of a describe action are filtered.
    Each function gets the backend and the parsed parameters (a FOLLOWED one moto's result too) and raises AwsError.
    """

    CHECKED: Mapping[str, Check] = {}
    REPLACED: Mapping[str, Act] = {}
    FOLLOWED: Mapping[str, Follow] = {}
    LISTED: Mapping[str, Listing] = {}

    @property
    def backend(self) -> Any:
        raise NotImplementedError

    def prepare(self, action: str, asked: Asked) -> None:
        """What comes before every action."""

    def conclude(self, action: str, asked: Asked, result: Any) -> None:
        """What comes after every action that succeeded."""

    def call_action(self) -> Any:
        action = self._get_action()
        try:
            result = self._act(action, self.params)
        except ServiceException as refusal:
            result = ActionResult(refusal)
        if isinstance(result, str):  # some of moto's methods answer ready-made text
            return 200, self.response_headers, result
        if not isinstance(result, ActionResult):
            return self._transform_response(self.response_headers, result)
        status, headers, body = self.serialized(result)
        return status, {**headers, "status": str(status)}, body

    def _act(self, action: str, asked: Asked) -> Any:
        self.prepare(action, asked)
        if action in self.CHECKED:
            self.CHECKED[action](self.backend, asked)
        result = self._listed(action, asked, self._done(action, asked))
        content = result.result if isinstance(result, ActionResult) else result
        if action in self.FOLLOWED:
            self.FOLLOWED[action](self.backend, asked, content)
        self.conclude(action, asked, content)
        return result

    def _done(self, action: str, asked: Asked) -> Any:
        if action in self.REPLACED:
            return PlainResult(self.REPLACED[action](self.backend, asked))
        method = getattr(self, camelcase_to_underscores(action), None)
        if method is None:
            raise NotImplementedError(action)
        return method()

    def _listed(self, action: str, asked: Asked, result: Any) -> Any:
        if action not in self.LISTED:
            return result
        operation = get_service_model(self.boto3_service_name).operation_model(action)
        return PlainResult(self.LISTED[action].answer(self.backend, result.result, operation, asked))

    def _filters_from_querystring(self) -> dict[str, Any]:
        """No filters for moto where the listing applies them."""
        return {} if self._get_action() in self.LISTED else super()._filters_from_querystring()
