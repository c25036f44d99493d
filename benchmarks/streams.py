"""The event stream: the same news to many clients, beside django-eventstream and a bare server."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.processes import allow_many_files
from benchmarks.streams_fanout import Fanout, fanouts
from benchmarks.streams_goals import goals
from benchmarks.streams_trials import BURST, CROWD, JOINS, STOPPED_STREAMS, Trials, trials
from benchmarks.table import Report, number

_COLUMNS = (
    "server",
    "clients",
    "events/s",
    "delivered",
    "p50 ms",
    "p99 ms",
    "converge s",
    "connect s",
    "threads",
    "files",
    "MiB",
    "all MiB",
    "cores",
)


def run(folder: Path, *, rounds: int) -> Report:
    """Each measurement is one long run of many events, so there are no rounds."""
    allow_many_files()
    measured = list(fanouts(folder))
    found = [fanout for fanout in measured if isinstance(fanout, Fanout)]
    borne = trials(folder / "trials")
    return Report(
        title="Streams: real clients at twenty updates a second",
        columns=_COLUMNS,
        rows=[_cells(fanout) for fanout in found],
        notes=[*_NOTES, *(text for text in measured if isinstance(text, str)), *_said(borne)],
        goals=list(goals(found, borne)),
        data={"fanouts": [asdict(fanout) for fanout in found], "trials": asdict(borne)},
    )


_NOTES = (
    "The delay of an event: from the item’s end, before it is recorded, to the client’s socket.",
    "converge: from the last event to when the last client knew of the job’s end.",
    "threads, files, MiB: of the process that answers; the rest: with its worker and supervisor.",
    "delivered: of the events; beyond what they can take, clients get the newest state of the job.",
)


def _cells(fanout: Fanout) -> Sequence[str]:
    converged = fanout.converged_seconds
    return (
        fanout.name,
        f"{fanout.clients:,}",
        number(fanout.per_second),
        f"{fanout.delivered:.3%}",
        number(fanout.p50_ms),
        number(fanout.p99_ms),
        number(converged) if converged is not None else "never",
        number(fanout.connected_seconds),
        str(fanout.used.threads),
        f"{fanout.used.files:,}",
        number(fanout.used.mib),
        number(fanout.all_mib),
        number(fanout.processor),
    )


def _said(borne: Trials) -> Iterator[str]:
    burst = "–" if borne.burst_seconds is None else f"{number(borne.burst_seconds)} s"
    yield (
        f"Burst of {BURST:,} updates, {JOINS} of {CROWD:,} clients joining in it:"
        f" {borne.burst_ended:,} knew the end, the last after {burst}."
    )
    yield (
        f"SIGTERM with {STOPPED_STREAMS} streams: {number(borne.stop_seconds)} s,"
        f" exit code {borne.exit_code}."
    )
    yield f"A client that never reads: {number(borne.silent_mib)} MiB."
    yield f"Idle, ten streams: {number(borne.idle_percent)} % of a core."
