"""`lapor route`: what the router would decide, and why; it changes nothing."""

from __future__ import annotations

from datetime import date

from lapor_contracts.assignments import NeedsDecision, OutOfScope

from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, Outcome, decide
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Question, Rules


def answer(
    rules: Rules, register: Register, *, category: str | None, area: str | None, day: date, secret: bool = False
) -> Outcome:
    question = Question(category=category, area=locate(area), complaint_day=day, today=day, secret=secret)
    return decide(question, Context(rules, register))


def sentences(outcome: Outcome, rules: Rules, day: date, *, explain: bool) -> list[str]:
    """For the terminal: the decision in the first line; names as they were on `day`."""
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
                    *(f"evidence: {line}" for line in why.evidence),
                    why.text_id,
                    why.text_en,
                ]
            return lines
        case NeedsDecision():
            lines = [f"needs a decision: {outcome.why}"]
            lines += [f"candidate: {c.agency} ({c.why})" for c in outcome.candidates]
        case OutOfScope():
            lines = [f"out of scope: {outcome.reason}, pointed to {outcome.pointed_to}"]
    return [*lines, outcome.text_id, outcome.text_en] if explain else lines
