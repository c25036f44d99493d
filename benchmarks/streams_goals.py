"""What the event stream wants to reach, judged by the figures."""

from collections.abc import Iterator, Sequence

from benchmarks.streams_fanout import HUB, STOCK_PLAIN, STOCK_STORED, Fanout
from benchmarks.streams_trials import Trials
from benchmarks.table import Goal, judged

Found = dict[tuple[str, int], Fanout]


def goals(fanouts: Sequence[Fanout], borne: Trials) -> Iterator[Goal]:
    found = {(fanout.name, fanout.clients): fanout for fanout in fanouts}
    yield from _delays(found)
    yield from _footprint(found[HUB, 1000])
    text = "5,000 streams: converge within 1 s"
    yield judged(text, found[HUB, 5000].converged_seconds, "s", most=1)
    yield from _beside_stock(found)
    yield from _trials(borne)


def _delays(found: Found) -> Iterator[Goal]:
    for clients, most in ((100, 100), (1000, 250)):
        fanout = found[HUB, clients]
        yield judged(f"{clients:,} streams: p99 at most {most} ms", fanout.p99_ms, "ms", most=most)
    text = "100 streams: every event delivered"
    yield judged(text, 100 * found[HUB, 100].delivered, "%", least=100)


def _footprint(fanout: Fanout) -> Iterator[Goal]:
    yield judged("1,000 streams: at most 150 MiB, worker and all", fanout.all_mib, "MiB", most=150)
    yield judged(
        "1,000 streams: at most 8 threads in the web server", fanout.used.threads, "", most=8
    )


def _beside_stock(found: Found) -> Iterator[Goal]:
    ours = found[HUB, 1000]
    for name in (STOCK_PLAIN, STOCK_STORED):
        stock = found.get((name, 1000))
        text = f"1,000 streams: p99 at least 20 times lower than {name}"
        yield judged(text, stock.p99_ms / ours.p99_ms if stock else None, "times", least=20)


def _trials(borne: Trials) -> Iterator[Goal]:
    text = "burst: every client knows the end within 1 s"
    never = borne.burst_seconds is None
    yield Goal(text, "never", False) if never else judged(text, borne.burst_seconds, "s", most=1)
    yield judged("SIGTERM with 100 streams: under 2 s", borne.stop_seconds, "s", most=2)
    yield judged("SIGTERM with 100 streams: exit code 0", borne.exit_code, "", most=0, least=0)
    yield judged("a client that never reads: under 1 MiB", borne.silent_mib, "MiB", most=1)
    yield judged("idle: under 1 % of a core", borne.idle_percent, "%", most=1)
