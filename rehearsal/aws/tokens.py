# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's idempotency by client tokens, which moto lacks: a token's second use gets the first answer again."""

from __future__ import annotations

from dataclasses import dataclass, field

from .answers import Answer, AwsError
from .calls import Call, plain

Key = tuple[str, str, str, str, str]


@dataclass
class Tokens:
    """Successful answers by token, for each account and region. The caller holds the service's lock."""

    _kept: dict[Key, tuple[object, Answer]] = field(default_factory=dict)

    def replay(self, call: Call) -> Answer | None:
        """The answer that the call's token already got. Raises AwsError if the parameters differ from then."""
        key = _key(call)
        if key is None or key not in self._kept:
            return None
        parameters, answer = self._kept[key]
        if parameters != _parameters(call):
            raise AwsError(_mismatch_code(call), f"The client token {key[-1]} was already used by {call.name} with other parameters")
        return answer

    def keep(self, call: Call, answer: Answer) -> None:
        """Remember a success; a failed call may be tried again with its token."""
        key = _key(call)
        if key is not None and answer.ok:
            self._kept[key] = (_parameters(call), answer)

    def clear(self) -> None:
        self._kept.clear()


def _key(call: Call) -> Key | None:
    token = call.token() if call.mutating else None
    return (call.account, call.region, call.service, call.action, token[1]) if token else None


def _parameters(call: Call) -> object:
    token = call.token()
    return plain({name: value for name, value in call.parameters.items() if token is None or name != token[0]})


def _mismatch_code(call: Call) -> str:
    names = (shape.name for shape in call.operation.error_shapes)
    return next((name for name in names if "Idempotent" in name and "Mismatch" in name), "IdempotentParameterMismatch")
