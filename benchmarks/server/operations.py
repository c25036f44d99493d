"""What is measured is the engine and the stream, so these do nothing."""

import time
from collections.abc import Iterable
from typing import Any

from django import forms

from jobs.operations import Check, Child, Operation, Outcome, Result, Target, Task, go_on, register


class Numbers(forms.Form):
    count = forms.IntegerField(min_value=1, max_value=1_000_000, initial=3)
    pause_ms = forms.IntegerField(min_value=0, required=False, initial=0)
    per_second = forms.IntegerField(min_value=0, required=False, initial=0)


class _Counted(Operation):
    form = Numbers
    summary = "For the benchmark."

    def targets(self, selection: Any, options: Any, check: Check = go_on) -> Iterable[Target]:
        return (Target(str(n), f"folder/item {n}") for n in range(1, options["count"] + 1))


@register
class Nothing(_Counted):
    """A call of a trivial function in the child for each item; it may sleep `pause_ms`."""

    name = "nothing"
    label = "Nothing"

    def perform(self, task: Task, child: Child) -> Result:
        pause_ms = task.options["pause_ms"] or 0
        message = child("benchmarks.server.work:nothing", int(task.key), pause_ms)
        return Result(Outcome.CHANGED, message)


@register
class Tell(_Counted):
    """Each item's message is the moment it was done; at most `per_second` items, in one thread."""

    name = "tell"
    label = "Tell"

    def perform(self, task: Task, child: Child) -> Result:
        if per_second := task.options["per_second"]:
            time.sleep(1 / per_second - time.monotonic() % (1 / per_second))
        return Result(Outcome.CHANGED, f"at={time.monotonic():.6f};")
