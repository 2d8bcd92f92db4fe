# Copyright: Contributors to the fintech.platform project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSGI front: every call is named, logged, delayed, broken on request, validated and made idempotent, then handed to moto."""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
import time
from collections.abc import Callable

from moto.backends import get_backend
from moto.core.base_backend import BackendDict

from . import control
from .answers import Answer, Application, AwsError, Environ, StartResponse, collect, error
from .calls import Call, CallLog, Entry, name_call, plain
from .faults import Fault, Faults
from .pace import PACE
from .tokens import Tokens
from .validation import validate

_LOG = logging.getLogger(__name__)
# Services that change another one's state take turns with it.
_TOGETHER = {"autoscaling": "ec2", "eks": "ec2", "route53resolver": "ec2"}
Reset = Callable[[], None]


class Dropped(ConnectionResetError):
    """The connection is to be closed without an answer."""


class Front:
    """A WSGI application around moto's. Requests below `/_rehearsal/` control it; faults do not touch those.

    Calls to one service are carried out one after the other, since moto's backends are not safe for threads; latency
    passes outside that lock, so calls still overlap as they do on AWS.
    """

    def __init__(self, application: Application, reset: Reset) -> None:
        self.log, self.faults, self.tokens = CallLog(), Faults(), Tokens()
        self.latency = 0.0  # seconds
        self._application, self._reset = application, reset
        self._locks: dict[str, threading.RLock] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> list[bytes]:
        if environ["PATH_INFO"].startswith(control.PREFIX):
            return control.answer(self, environ).send(start_response)
        return self._serve(environ).send(start_response)

    def reset(self) -> None:
        """Forget everything: moto's state, tokens, faults, latency, pace and the log."""
        with contextlib.ExitStack() as stack:
            for lock in list(self._locks.values()):
                stack.enter_context(lock)
            self._reset()
            self.tokens.clear()
        self.faults.clear()
        self.latency = 0.0
        PACE.clear()
        self.log.clear()

    def _serve(self, environ: Environ) -> Answer:
        began = time.perf_counter()
        call = name_call(environ)
        entry = self.log.open(call)
        try:
            answer = self._disturbed(call, entry, environ)
            entry.status, entry.error = answer.status, answer.error_code
            return answer
        finally:
            entry.seconds = time.perf_counter() - began

    def _disturbed(self, call: Call, entry: Entry, environ: Environ) -> Answer:
        """The call with its latency and its fault. Raises Dropped."""
        if self.faults.killed():
            entry.fault = "dead"
            raise Dropped
        fault = self.faults.strike(call)
        if fault:
            entry.fault = f"{fault.kind} {fault.moment}"
        if self.latency:
            time.sleep(self.latency)
        if fault and fault.moment == "before":
            return _struck(fault, call)
        answer = self._checked(call, entry, environ)
        if fault:
            return _struck(fault, call)
        if self.faults.killed():  # killed while this call was on its way: it has its effect, nobody hears the answer
            entry.fault = "dead"
            raise Dropped
        return answer

    def _checked(self, call: Call, entry: Entry, environ: Environ) -> Answer:
        try:
            call.parse()
            entry.parameters = plain(call.parameters)
            validate(call)
            with self._locks.setdefault(_TOGETHER.get(call.service, call.service), threading.RLock()):
                answer = self.tokens.replay(call)
                if answer is None:
                    answer = self._effect(call, environ)
                    self.tokens.keep(call, answer)
                return answer
        except AwsError as refusal:
            return error(refusal, call.operation, call.content_type)

    def _effect(self, call: Call, environ: Environ) -> Answer:
        """What moto answers. Raises AwsError where moto has no answer or breaks: its HTML pages would be retried by SDKs."""
        if call.operation is not None and not _known(call.service):
            raise AwsError("NotImplemented", f"The rehearsal does not implement the service {call.service} ({call.name})")
        try:
            answer = collect(self._application, environ)
        except NotImplementedError as cause:
            raise AwsError("NotImplemented", f"The rehearsal does not implement {call.name}: {cause}") from cause
        except Exception as cause:
            _LOG.exception("%s broke", call.name)
            raise AwsError("RehearsalFailure", f"The rehearsal broke on {call.name}: {cause!r}") from cause
        if answer.status in (404, 405) and answer.body.lstrip()[:14].lower() == b"<!doctype html":
            raise AwsError("NotImplemented", f"The rehearsal does not implement {call.name}")
        return answer


def _struck(fault: Fault, call: Call) -> Answer:
    if fault.kind in ("drop", "kill"):
        raise Dropped
    failure, status = fault.answer(call)
    return error(failure, call.operation, call.content_type, status)


@functools.cache
def _known(service: str) -> bool:
    try:
        return isinstance(get_backend(service), BackendDict)
    except (AttributeError, ImportError):
        return False
