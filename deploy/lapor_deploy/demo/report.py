"""What the demo prints: a timeline that a person enjoys reading, and what anyone may check afterwards."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from lapor_contracts import alerts, assignments, escalations, notifications, replies
from lapor_contracts.base import Event
from lapor_contracts.status import STATUS_ID, Facts, apply, status
from rich.console import Console

from lapor_deploy.demo.stories import Told
from lapor_deploy.outsider import Read, causal_order
from lapor_deploy.verification import Report
from lapor_deploy.words import counting_words, local, words

STYLES: dict[type[Event], str] = {
    assignments.Assigned: "cyan",
    replies.Accepted: "green",
    replies.FollowedUp: "green",
    replies.Resolved: "bold green",
    replies.Declined: "yellow",
    escalations.Reminded: "yellow",
    escalations.LimitMissed: "bold red",
    escalations.SuperiorTold: "red",
    alerts.Alerted: "bold white on red",
    escalations.Reprimanded: "bold magenta",
}
QUIET = (escalations.ClockStarted, escalations.ClockStopped, escalations.ClockPaused, escalations.ClockResumed)


def timeline(console: Console, told: Told, reads: list[Read]) -> None:
    """One story, each line an event: when (WITA), what, and where anyone may look it up."""
    console.print()
    console.rule(f"[bold]{told.title}[/bold]  tracking id {told.tracking_id}", align="left")
    facts = Facts()
    for read in ordered(reads):
        if read.event is None:
            continue
        facts = apply(facts, read.event, read.envelope.number or 0)
        style = "dim" if isinstance(read.event, QUIET) else STYLES.get(type(read.event), "")
        where = f"[dim]{read.topic.removeprefix('lapor.')} {read.envelope.number}[/dim]"
        text = f"[{style}]{words(read.event)}[/{style}]" if style else words(read.event)
        console.print(f"{local(read.envelope.time):27} {text}  {where}", soft_wrap=True)
        if (why := reason(read.event)) is not None:
            console.print(f"{'':27} [dim]{why}[/dim]", soft_wrap=True)
    now = status(facts)
    console.print(f"{'':27} status: [bold]{now}[/bold] ({STATUS_ID[now]}); {mails(reads)}", soft_wrap=True)


def reason(event: Event) -> str | None:
    """Why this agency; how this limit was counted."""
    if isinstance(event, assignments.Assigned):
        return f"because: {event.explanation.legal_basis}"
    return counting_words(event.counting) if isinstance(event, escalations.LimitMissed) else None


def ordered(reads: list[Read]) -> list[Read]:
    """Causes before effects, without the mails, which go out side by side."""
    return [r for r in causal_order(reads) if not r.topic.endswith("notifications")]


def mails(reads: list[Read]) -> str:
    """How many mails to whom."""
    queued = {r.event.delivery: r.event.role for r in reads if isinstance(r.event, notifications.Queued)}
    sent = Counter(queued.get(r.event.delivery, "?") for r in reads if isinstance(r.event, notifications.Sent))
    return "mails sent: " + (", ".join(f"{count} to the {role}" for role, count in sorted(sent.items())) or "none")


def ending(console: Console, report: Report, alert_mail: Path | None, data: Path, missing: list[str]) -> None:
    """What was checked, and where to look next."""
    console.print()
    console.rule("[bold]checked[/bold]", align="left")
    console.print(
        f"lapor verify: {report.complaints} complaints, {report.events} events, {report.tallies} tallies, "
        f"{len(report.problems)} problems"
    )
    for line in [*report.problems, *(f"missing: {what}" for what in missing)]:
        console.print(f"[bold red]{line}[/bold red]", soft_wrap=True)
    console.print(f"alert mail:   {alert_mail or 'none'}", soft_wrap=True)
    console.print(f"all mails:    {data / 'mail'}", soft_wrap=True)
    console.print(f"logs:         {data / 'log'}", soft_wrap=True)
    console.print("its topics:   lapor demo --keep leaves it running, to look inside", soft_wrap=True)
    console.print("your own:     make up, and in another terminal: lapor submit --help", soft_wrap=True)
