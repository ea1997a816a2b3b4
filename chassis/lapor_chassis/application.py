"""One service process: what is the same in all of them, wired once. Used by main, and by tests with overrides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, TypeVar

import uvicorn
from faststream import FastStream
from lapor_contracts.catalogue import read_by
from starlette.routing import BaseRoute

from lapor_chassis import housekeeping, kafka, logging, operations, process
from lapor_chassis.clock import DomainClock
from lapor_chassis.consumer import Loop
from lapor_chassis.db import Pool, connect_pool
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.edge import Edge, EdgeMessage
from lapor_chassis.errors import described
from lapor_chassis.health import Health
from lapor_chassis.inbound import Inbound
from lapor_chassis.lane import Lane
from lapor_chassis.lanes import Lanes
from lapor_chassis.migrations import migrate
from lapor_chassis.server import listen, tick
from lapor_chassis.settings import ServiceSettings
from lapor_chassis.stalled import watch
from lapor_chassis.subject import Codec
from lapor_chassis.telemetry import Metrics, Tracing
from lapor_chassis.throttle import Throttle
from lapor_chassis.timers import Horizon, Timers

S = TypeVar("S")
# Two, so that one decides while the other one's transaction is on its way; each has partitions of its own.
TIMER_LANES = ("timers", "timers-2")
log = logging.get_logger("lapor.application")


class Application(Generic[S]):
    """Start and stop it, or `run()` it as a process. `http`: add routes before the start."""

    def __init__(
        self, definition: ServiceDefinition[S], settings: ServiceSettings, *, clock: DomainClock | None = None
    ) -> None:
        self.definition = definition
        self.settings = settings
        self.clock = clock or DomainClock.parse(settings.clock)
        self.metrics = Metrics(definition.name)
        self.tracing = Tracing(definition.name, settings.otlp_endpoint)
        self.health = Health()
        self.http: list[BaseRoute] = []
        self.on_started: list[Callable[[], Awaitable[None]]] = []
        self.pool: Pool
        self.lanes: Lanes[S]
        self.http_port = settings.http_port
        self.failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._backgrounds: list[tuple[Callable[[], Coroutine[Any, Any, None]], str]] = []
        self._stopped = asyncio.Event()
        self._codec = Codec(definition.state, definition.packing)
        self._started = False
        self._server: uvicorn.Server | None = None
        name = definition.name
        self._core_topics = [topic.name for topic in read_by(name, "core")]
        self._plain_edges = [topic.name for topic in read_by(name, "edge") if not topic.family]
        self._edge_prefixes = [topic.prefix for topic in read_by(name, "edge") if topic.family]
        self._throttle = Throttle(settings.dead_letters_per_minute, settings.outsider_dead_letters_per_minute)
        self.inbound: Inbound[S] = Inbound(
            service=name,
            reads=self._core_topics,
            handlers=definition.handlers,
            edge_handlers=definition.edge_handlers,
            clock=self.clock,
            metrics=self.metrics,
            allows=self._throttle.allows,
        )
        self.broker = kafka.broker(settings, name, families=bool(self._edge_prefixes))
        self.stream = FastStream(self.broker, logger=None)
        self.core = self._core_loop() if self._core_topics else None
        self.edge: Edge[S] | None = None
        self.edge_loop = self._edge_loop() if definition.on_edge else None

    def _core_loop(self) -> Loop[S]:
        name = self.definition.name
        loop: Loop[S] = self._loop(name, name, self.inbound.core)
        loop.subscribe(self.broker, topics=self._core_topics)
        return loop

    def _edge_loop(self) -> Loop[S]:
        name, definition = self.definition.name, self.definition
        assert definition.on_edge is not None  # noqa: S101 - the caller looked
        self.edge = Edge(
            service=name,
            inbound=self.inbound,
            metrics=self.metrics,
            on_edge=definition.on_edge,
            on_refused=definition.on_edge_refused,
        )
        loop: Loop[S] = self._loop(f"{name}-edge", f"{name}-edge", self.edge.process, definition.prepare_edge)
        patterns = [f"{prefix}.*".replace(".", r"\.", prefix.count(".")) for prefix in self._edge_prefixes]
        patterns += [topic.replace(".", r"\.") for topic in self._plain_edges]
        if self._edge_prefixes:
            loop.subscribe(self.broker, pattern="^(" + "|".join(patterns) + ")$")
        else:
            loop.subscribe(self.broker, topics=self._plain_edges)
        return loop

    def _loop(self, loop: str, group: str, process: Any, prepare: Any = None) -> Loop[S]:
        return Loop(
            name=loop,
            group=group,
            settings=self.settings,
            process=process,
            prepare=prepare,
            metrics=self.metrics,
            tracing=self.tracing,
            failed=self.fail,
            on_bad=self._throttle.after,
        )

    async def apply_edge(self, batch: Any, messages: Sequence[EdgeMessage]) -> None:
        """For `on_edge`: events about subjects that exist, one by one, by `edge_handlers`."""
        assert self.edge is not None  # noqa: S101 - it is called by the edge
        await self.edge.apply(batch, messages)

    def lane(self, name: str) -> Lane[S]:
        """A lane named in the definition. One writing loop uses it, one batch at a time."""
        return self.lanes.own[name]

    def background(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> None:
        """Runs between start and stop; an exception stops the process loudly."""
        self._backgrounds.append((work, name))

    async def start(self) -> None:
        definition, settings = self.definition, self.settings
        self.pool = await connect_pool(
            settings.database_url.get_secret_value(), f"{definition.name}-{settings.instance}", size=10
        )
        async with self.pool.acquire() as conn:
            for name in await migrate(conn, *filter(None, [definition.migrations])):
                log.info("migration applied", migration=name)
            await housekeeping.make_days(conn)
        self.lanes = Lanes(
            service=definition.name,
            settings=settings,
            pool=self.pool,
            codec=self._codec,
            clock=self.clock,
            metrics=self.metrics,
            spawn=self.spawn,
            resolve=definition.resolve,
        )
        timers = TIMER_LANES if definition.on_timer is not None else ()
        for name in ("core", "edge", *timers, "desk", *definition.lanes):
            await self.lanes.open(name)
        for loop, lane in ((self.core, "core"), (self.edge_loop, "edge")):
            if loop is not None:
                loop.lane = self.lanes.own[lane]
        # Before the group is joined: that may take longer than a lane may be silent.
        self.spawn(self.lanes.heartbeats(), "heartbeats")
        self.spawn(self.lanes.adoptions(), "adoptions")
        self._checks()
        await self._serve()
        for hook in self.on_started:
            await hook()
        await self.stream.start()
        self._start_backgrounds()
        self._started = True
        log.info("started", instance=settings.instance, clock=str(self.clock) or "wall", http_port=self.http_port)

    def _start_backgrounds(self) -> None:
        self.spawn(
            housekeeping.keep(
                pool=self.pool,
                lane=self.lanes.own["desk"],
                service=self.definition.name,
                settings=self.settings,
                metrics=self.metrics,
                reads=self._core_topics,
                oldest_unpublished=lambda: self.lanes.oldest_unpublished_seconds,
            ),
            "housekeeping",
        )
        self.spawn(self._desk(), "desk")
        self.spawn(watch([loop for loop in (self.core, self.edge_loop) if loop], self.settings), "watch")
        if self.definition.on_timer is not None and self.core is not None:
            self.spawn(self._timers(self.core, self.definition.on_timer), "timers")
        for work, name in self._backgrounds:
            self.spawn(work(), name)

    async def _timers(self, core: Loop[S], on_timer: Callable[[Any], None]) -> None:
        async with kafka.plain_consumer(self.settings) as ends:
            timers: Timers[S] = Timers(
                pool=self.pool,
                lanes=[self.lanes.own[name] for name in TIMER_LANES],
                horizon=Horizon(self.clock, core, self._core_topics, self.edge_loop, self._plain_edges, ends),
                on_timer=on_timer,
                interval=self.settings.timer_interval_seconds,
                metrics=self.metrics,
                tracing=self.tracing,
            )
            await timers.run()

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                self.fail(error)

        task.add_done_callback(ended)
        return task

    def fail(self, error: BaseException) -> None:
        """A bug, or a lost lane: say so and stop. What is not committed comes again."""
        if self.failure is None:
            self.failure = error
            log.critical("stopping", **described(error))
            self._stopped.set()

    def _checks(self) -> None:
        after = self.settings.stuck_after_seconds
        self.health.ready["started"] = lambda: None if self._started else "is starting"
        self.health.live["failure"] = lambda: type(self.failure).__name__ if self.failure else None
        self.health.ready["publishing"] = lambda: (
            f"the oldest unpublished event is {self.lanes.oldest_unpublished_seconds:.0f} s old"
            if self.lanes.oldest_unpublished_seconds > after
            else None
        )
        for loop in (self.core, self.edge_loop):
            if loop is not None:
                self.health.ready[loop.name] = loop.watch(after)
                self.health.live[loop.name] = loop.watch(after * 5)

    async def _serve(self) -> None:
        routes = [*self.health.routes(self.metrics.registry), *self.http]
        self._server, self.http_port = await listen(routes, self.settings.http_host, self.settings.http_port)
        self.spawn(tick(self._server), "http")

    async def _desk(self) -> None:
        await operations.keep(self.pool, self.lanes.own["desk"], self.inbound, self.definition.name, self.metrics)

    async def stop(self, *, abandon: bool = False) -> None:
        """In order: no new input, the running batches, the rest of the outbox. `abandon`: as if killed."""
        self._started = False
        for loop in (self.core, self.edge_loop):
            if loop is not None:
                loop.stopping = True
        if self._server is not None:
            self._server.should_exit = True
            await self._server.shutdown()
        try:
            await self.stream.stop()
        except Exception as error:
            # A consumer that died raises once more; the lanes are to be closed all the same.
            log.warning("the consumers did not stop cleanly", error=type(error).__name__)
        try:
            if hasattr(self, "lanes"):
                await self._cancel(self._tasks - set(self.lanes.publishing))
                await (self.lanes.abandon() if abandon or self.failure else self.lanes.close())
        finally:
            await self._cancel(self._tasks)
            if hasattr(self, "pool"):
                self.pool.terminate() if abandon else await self.pool.close()
            self.tracing.close()

    async def _cancel(self, tasks: set[asyncio.Task[None]]) -> None:
        tasks = {task for task in tasks if not task.done()}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def run(self) -> None:
        """As a process, until SIGTERM or SIGINT; exit code 1 after a bug, 4 where its lane was adopted."""
        process.run(self)

    async def until_stopped(self) -> None:
        """Until `stop_soon`, or a failure."""
        await self._stopped.wait()

    def stop_soon(self) -> None:
        self._stopped.set()
