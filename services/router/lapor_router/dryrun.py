"""`lapor route`: what the router would decide, and why; it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from lapor_contracts.assignments import NeedsDecision, OutOfScope

from lapor_router.domain.authority import Choice, Outcome
from lapor_router.domain.explain import evidence
from lapor_router.domain.findings import Reading
from lapor_router.domain.report import question as report_question
from lapor_router.domain.rules import Question, Rules
from lapor_router.domain.state import Report, RouterState

_NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)  # the days are given


def asked(report: Report, reading: Reading | None, day: date) -> Question:
    """As on `day`; `reading`: what was made of the report's words."""
    question = report_question(RouterState(report=report, reading=reading), _NOON)
    return replace(question, complaint_day=day, today=day)


def sentences(question: Question, outcome: Outcome, rules: Rules, *, explain: bool) -> list[str]:
    """For the terminal: the decision in the first line; names as they were on the complaint's day."""
    day = question.complaint_day
    match outcome:
        case Choice():
            why = outcome.explanation
            lines = [f"assigned: {outcome.lead.code} ({rules.name(outcome.lead, day)})"]
            if outcome.copies:
                lines.append("copies: " + ", ".join(entry.code for entry in outcome.copies))
            if explain:
                lines += [
                    f"rule: {why.rule} (matrix {why.matrix_version})",
                    f"legal basis: {why.legal_basis}",
                    f"runner-up: {why.runner_up or '-'}",
                    *([f"confidence: {why.confidence:.0%}"] if why.confidence is not None else []),
                    *(f"evidence: {line}" for line in why.evidence),
                    why.text_id,
                    why.text_en,
                ]
            return lines
        case NeedsDecision():
            lines = [f"needs a decision: {outcome.why}"]
            lines += [f"candidate: {c.agency} ({c.why})" for c in outcome.candidates]
            lines += [f"evidence: {line}" for line in evidence(question, rules)] if explain else []
        case OutOfScope():
            lines = [f"out of scope: {outcome.reason}, pointed to {outcome.pointed_to}"]
    return [*lines, outcome.text_id, outcome.text_en] if explain else lines
