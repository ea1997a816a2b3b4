"""What follows "not our authority": another agency, or a person. Never a third round by guessing."""

from __future__ import annotations

from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.assignments import Candidate, NeedsDecision

from lapor_router.domain import explain, texts
from lapor_router.domain.authority import Choice, candidates, copies_of, find_or_none
from lapor_router.domain.categories import topic_of
from lapor_router.domain.matrix import Rule
from lapor_router.domain.policy import DECLINES_BEFORE_ARBITER, MAX_CANDIDATES
from lapor_router.domain.register import may_get
from lapor_router.domain.rules import Context, Question
from lapor_router.domain.state import Assignment


def next_after(
    declined: Assignment, suggested: str | None, question: Question, context: Context
) -> Choice | NeedsDecision:
    """`question.tried` holds the declining agency already.

    A person's decision binds: whoever declines it goes back to a person.
    """
    if suggested in question.tried:
        return _to_person("ping_pong", None, question, context)
    if len(question.tried) > DECLINES_BEFORE_ARBITER or declined.reason in ("decision", "moved"):
        return _to_person("declined_twice", suggested, question, context)
    if suggested is None:
        return _runner_up(declined, question, context)
    entry = context.register.get(suggested)
    if entry is None or not may_get(entry, question.complaint_day, question.today):
        return _to_person("not_joined", suggested, question, context)
    rule = plausible(entry, question, context)
    if rule is None:
        return _to_person("no_rule", suggested, question, context)
    return _choice(entry, rule, declined, question, context, suggested=True)


def plausible(suggested: AgencyEntry, question: Question, context: Context) -> Rule | None:
    """The rule that makes the suggestion credible: one of the same main topic that names this very body for
    this place on the complaint's day; the complaint's own category and a lead go before others."""
    if question.category is None:
        return None
    matrix = context.rules.matrix
    rules = matrix.rules_of_topic(topic_of(question.category), question.area, question.complaint_day)
    ordered = sorted(rules, key=lambda rule: rule.category != question.category)
    for lead_only in (True, False):
        for rule in ordered:
            for body in (rule.lead,) if lead_only else rule.bodies:
                entry = find_or_none(body, question, context)
                if entry is not None and entry.code == suggested.code:
                    return rule
    return None


def _runner_up(declined: Assignment, question: Question, context: Context) -> Choice | NeedsDecision:
    """Without a suggestion: the second that the matrix itself names, or a person."""
    rule = context.rules.matrix.rule_for(question.category or "", question.area, question.complaint_day)
    entry = find_or_none(rule.runner_up, question, context) if rule and rule.runner_up else None
    if (
        rule is None
        or entry is None
        or entry.code in question.tried
        or not context.has(entry)
        or not may_get(entry, question.complaint_day, question.today)
    ):
        return _to_person("no_rule", None, question, context)
    return _choice(entry, rule, declined, question, context, suggested=False)


def _choice(
    entry: AgencyEntry, rule: Rule, declined: Assignment, question: Question, context: Context, *, suggested: bool
) -> Choice:
    before = context.register.get(declined.agency)
    why = explain.after_decline(rule, entry, before, question, context.rules, suggested=suggested)
    return Choice(entry, copies_of(rule, entry, question, context), why)


def _to_person(why: texts.Why, suggested: str | None, question: Question, context: Context) -> NeedsDecision:
    matrix = context.rules.matrix
    rules = matrix.rules_of_topic(topic_of(question.category or ""), question.area, question.complaint_day)
    own = sorted(rules, key=lambda rule: rule.category != question.category)
    found = candidates(own, question, context)
    if suggested is not None:
        remark = "" if context.register.get(suggested) else " (tidak terdaftar / not in the register)"
        proposal = Candidate(agency=suggested, why=f"Diusulkan oleh {question.tried[-1]} / suggested by it{remark}")
        found = (proposal, *(c for c in found if c.agency != suggested))[:MAX_CANDIDATES]
    return texts.needs_decision(why, found)
