"""Operations for tests of the engine: they know nothing of comics."""

import os
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from jobs.operations import (
    Check,
    Child,
    ItemError,
    Operation,
    Outcome,
    Result,
    Target,
    Task,
    go_on,
    register,
)
from tests.jobs.work import Broken


class Numbers(forms.Form):
    count = forms.IntegerField(min_value=0, max_value=1_000_000, initial=3)
    broken = forms.IntegerField(min_value=0, required=False, initial=0)
    pause_ms = forms.IntegerField(min_value=0, required=False, initial=0)


@register
class Count(Operation):
    """`count` items; those whose number is at most `broken` fail; each sleeps `pause_ms`."""

    name = "count"
    label = "Count"
    summary = "Does nothing, for tests."
    form = Numbers

    def targets(self, selection: Any, options: Any, check: Check = go_on) -> Iterable[Target]:
        return (Target(str(n), f"folder/item {n}") for n in range(1, options["count"] + 1))

    def perform(self, task: Task, child: Child) -> Result:
        broken = int(task.key) <= (task.options["broken"] or 0)
        try:
            message = child(
                "tests.jobs.work:count", int(task.key), task.options["pause_ms"], broken
            )
        except Broken as error:
            raise ItemError(str(error)) from error
        return Result(Outcome.CHANGED, message)

    def advice(self, message: str) -> str:
        return "Count it by hand."


@register
class Wide(Count):
    """Each item's event is large."""

    name = "wide"

    def perform(self, task: Task, child: Child) -> Result:
        return Result(Outcome.CHANGED, "x" * 8000)


@register
class CountLater(Count):
    """The same, with its items listed when it starts."""

    name = "count_later"
    lists_at_start = True


@register
class Witnessed(Count):
    """The same; its messages are the ids of the worker processes."""

    name = "witnessed"

    def perform(self, task: Task, child: Child) -> Result:
        super().perform(task, child)
        return Result(Outcome.CHANGED, str(os.getpid()))


@register
class Grouped(Count):
    """Done by the half group; number 30 kills its child."""

    name = "grouped"
    group_size = 16

    def perform(self, task: Task, child: Child) -> Result:
        return self.perform_group([task], child)[0]

    def perform_group(self, tasks: Sequence[Task], child: Child) -> Sequence[Result]:
        first = tasks[: (len(tasks) + 1) // 2]
        child("tests.jobs.work:count_all", [int(task.key) for task in first])
        return [Result(Outcome.CHANGED, f"one of {len(first)}") for _ in first]


@register
class Poison(Operation):
    """One item for each way to go wrong."""

    name = "poison"
    label = "Poison"
    summary = "Kills its children, for tests."
    usual_timeout_seconds = 3
    WAYS = (
        "fine", "abort", "segfault", "killed", "hang", "native hang", "memory", "raise",
        "unpicklable", "fine too",
    )  # fmt: skip

    def targets(self, selection: Any, options: Any, check: Check = go_on) -> Iterable[Target]:
        return (Target(way, way) for way in self.WAYS)

    def perform(self, task: Task, child: Child) -> Result:
        child("tests.jobs.work:poison", task.key)
        return Result(Outcome.CHANGED)


@register
class EndlessListing(Operation):
    """Never comes to the end of its targets."""

    name = "endless_listing"
    label = "Endless listing"
    summary = "Lists and lists, for tests."
    lists_at_start = True

    def targets(self, selection: Any, options: Any, check: Check = go_on) -> Iterable[Target]:
        while True:
            time.sleep(0.01)
            check()
