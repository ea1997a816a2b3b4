"""How fast delivery rows become mails: the notifier with nothing else to do, and a mail server that only counts."""

from __future__ import annotations

import asyncio
import time

from lapor_deploy.supervise import Supervisor

from tests.bench import processes, watch
from tests.bench.figures import Figure
from tests.bench.ground import count_rows
from tests.bench.mail_sink import Sink, sink
from tests.bench.rates import Sample, rate_of
from tests.bench.whole import Whole

NOTIFIER = "notifier"


def mails_per_second(whole: Whole, wanted: int) -> Figure:
    """Of the rows that the pipeline has left waiting; the first mails are the warm-up."""
    waiting = asyncio.run(count_rows(whole.stack.database_url(NOTIFIER), "delivery where state = 'waiting'"))
    supervisor = Supervisor(whole.stack.data)
    # While no server answered, its pauses have become long: a new process tries at once.
    supervisor.stop_program(NOTIFIER)
    with sink(whole.stack.port("smtp")) as server:
        supervisor.start_program(NOTIFIER)
        _counted(server, 1)
        pids = {"the mail server": server.pid, **{name: whole.pids()[name] for name in (NOTIFIER, "postgres")}}
        before = {name: processes.cpu_seconds(pid) for name, pid in pids.items()}
        samples = _counted(server, min(wanted, waiting))
        seconds = samples[-1].at - samples[0].at
        shares = {name: (processes.cpu_seconds(pid) - before[name]) / seconds for name, pid in pids.items()}
        connections = server.connections
    rate = rate_of(samples, samples[-1].done)
    used = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    note = f"{waiting:,} rows wait, {connections - 1} connections; of a core {used}; {rate.seconds:.1f} s"
    return Figure("mails_per_s", rate.per_second, "mails/s", rate.n, note)


def _counted(server: Sink, wanted: int) -> list[Sample]:
    """Until so many mails have come, or MOST_SECONDS are over. Raises Stuck where none comes."""
    samples = [Sample(time.monotonic(), server.mails)]
    while samples[-1].done < wanted and samples[-1].at - samples[0].at < watch.MOST_SECONDS:
        time.sleep(watch.LOOK_SECONDS)
        samples.append(Sample(time.monotonic(), server.mails))
    if samples[-1].done == 0:
        raise watch.Stuck("no mail came")
    return samples
