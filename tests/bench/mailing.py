"""How fast delivery rows become mails: the notifier alone, with a mail server that only counts."""

from __future__ import annotations

import time
from collections.abc import Callable

from lapor_deploy.embedded.program import Child

from tests.bench import watch
from tests.bench.figures import Figure
from tests.bench.ground import Ground
from tests.bench.mail_sink import Sink, sink
from tests.bench.processes import cpu_seconds, programs
from tests.bench.rates import Sample, rate_of


def mails_per_second(ground: Ground, wanted: int) -> Figure:
    """Of the rows that wait already; the first mails are the warm-up."""
    waiting = ground.rows("notifier", "delivery where state = 'waiting'")
    with sink(ground.stack.port("smtp")) as server, ground.running("notifier") as child:
        _counted(server, child, 1)
        pids = programs(ground.stack.data)
        used: dict[str, Callable[[], float]] = {
            "the mail server": server.cpu_seconds,
            "the notifier": lambda: cpu_seconds(pids["notifier"]),
            "the database": lambda: cpu_seconds(pids["postgres"]),
        }
        before = {name: ask() for name, ask in used.items()}
        samples = _counted(server, child, min(wanted, waiting))
        seconds = samples[-1].at - samples[0].at
        shares = ", ".join(f"{name} {(ask() - before[name]) / seconds:.0%}" for name, ask in used.items())
        connections = server.connections
    rate = rate_of(samples, samples[-1].done)
    note = f"{waiting:,} rows wait, {connections} connections; of a processor took {shares}; {rate.seconds:.1f} s"
    return Figure("mails_per_s", rate.per_second, "mails/s", rate.n, note)


def _counted(server: Sink, child: Child, wanted: int) -> list[Sample]:
    """Until so many mails have come, or MOST_SECONDS are over. Raises Stuck where the notifier ends or sends none."""
    samples = [Sample(time.monotonic(), server.mails)]
    while samples[-1].done < wanted and samples[-1].at - samples[0].at < watch.MOST_SECONDS:
        if not child.alive():
            raise watch.Stuck(f"the notifier ended after {server.mails} mails")
        time.sleep(watch.LOOK_SECONDS)
        samples.append(Sample(time.monotonic(), server.mails))
    if samples[-1].done == 0:
        raise watch.Stuck("no mail came")
    return samples
