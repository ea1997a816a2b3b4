"""What follows "not our authority": another agency, or an arbiter. Never a third round by guessing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.assignments import Candidate, NeedsDecision

from lapor_router.domain import explain, texts
from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, candidates, copies_of, find_or_none
from lapor_router.domain.categories import topic_of
from lapor_router.domain.matrix import Rule
from lapor_router.domain.policy import DECLINES_BEFORE_ARBITER, MAX_CANDIDATES, NATIONAL_ADMIN, PROVINCE_ADMIN
from lapor_router.domain.register import Body, is_member
from lapor_router.domain.rules import Context, Question
from lapor_router.domain.state import Assignment


def next_after(
    declined: Assignment, suggested: str | None, question: Question, context: Context
) -> Choice | NeedsDecision:
    """`question.tried` holds the declining agency already.

    A person's decision binds: whoever declines it goes back to a person, and an arbiter's to the level above.
    """
    if suggested in question.tried:
        return to_arbiter("ping_pong", declined, None, question, context)
    if len(question.tried) > DECLINES_BEFORE_ARBITER or declined.reason in ("decision", "moved"):
        return to_arbiter("declined_twice", declined, suggested, question, context)
    if suggested is None:
        return _runner_up(declined, question, context)
    entry = context.register.get(suggested)
    if entry is None or not context.may_get(entry, question):
        return to_arbiter("not_joined", declined, suggested, question, context)
    rule = plausible(entry, question, context)
    if rule is None:
        return to_arbiter("no_rule", declined, suggested, question, context)
    return _choice(entry, rule, declined, question, context, suggested=True)


def plausible(suggested: AgencyEntry, question: Question, context: Context) -> Rule | None:
    """The rule that makes the suggestion credible: one of the same main topic that names this very body for
    this place on the complaint's day; the complaint's own category and a lead go before others."""
    if question.category is None:
        return None
    ordered = _rules_of_topic(question, context)
    for lead_only in (True, False):
        for rule in ordered:
            for body in (rule.lead,) if lead_only else rule.bodies:
                entry = find_or_none(body, question, context)
                if entry is not None and entry.code == suggested.code:
                    return rule
    return None


def arbiter(declined: Assignment, question: Question, context: Context) -> str:
    """The level above all who declined, by code: a province's administrator among its regencies' bodies, else
    the centre's (after UU 23/2014 Ps 370). One level further where an arbiter's own decision is declined; the
    centre has none above it."""
    provinces = {_province_of_regional(context, code) for code in question.tried}
    province = provinces.pop() if len(provinces) == 1 and declined.arbiter is None else None
    entry = _administrator(Body(*PROVINCE_ADMIN), province, question, context) if province else None
    if entry is None:
        entry = _administrator(Body(*NATIONAL_ADMIN), None, question, context)
    return entry.code if entry else NATIONAL_ADMIN[1]


def _province_of_regional(context: Context, code: str) -> str | None:
    """Where `code` is a body of a regency or city: its province."""
    entry = context.register.get(code) or context.rules.known.get(code)
    if entry is None or entry.area is None or entry.level not in ("regency", "inspectorate"):
        return None
    province, of_regency, _ = entry.area.partition(".")
    return province if of_regency else None


def _administrator(body: Body, province: str | None, question: Question, context: Context) -> AgencyEntry | None:
    entry = find_or_none(body, replace(question, area=locate(province)), context)
    return entry if entry and context.has(entry) and is_member(entry, question.today) else None


def _rules_of_topic(question: Question, context: Context) -> list[Rule]:
    """Those of the complaint's own category first."""
    matrix = context.rules.matrix
    rules = matrix.rules_of_topic(topic_of(question.category or ""), question.area, question.complaint_day)
    return sorted(rules, key=lambda rule: rule.category != question.category)


def _runner_up(declined: Assignment, question: Question, context: Context) -> Choice | NeedsDecision:
    """Without a suggestion: the second that the matrix itself names, or a person."""
    rule = context.rules.matrix.rule_for(question.category or "", question.area, question.complaint_day)
    entry = find_or_none(rule.runner_up, question, context) if rule and rule.runner_up else None
    if rule is None or entry is None or entry.code in question.tried or not context.may_get(entry, question):
        return to_arbiter("no_rule", declined, None, question, context)
    return _choice(entry, rule, declined, question, context, suggested=False)


def _choice(
    entry: AgencyEntry, rule: Rule, declined: Assignment, question: Question, context: Context, *, suggested: bool
) -> Choice:
    before = context.register.get(declined.agency)
    why = explain.after_decline(rule, entry, before, question, context.rules, suggested=suggested)
    return Choice(entry, copies_of(rule, entry, question, context), why)


def to_arbiter(
    why: texts.Why, declined: Assignment, suggested: str | None, question: Question, context: Context
) -> NeedsDecision:
    """Names the arbiter, in words too."""
    code = arbiter(declined, question, context)
    entry = context.register.get(code) or context.rules.known.get(code)
    name = context.rules.name(entry, question.today) if entry else code
    found = proposals(suggested, question, context)
    asked = texts.needs_decision(why, found, f" Penengah: {name}.", f" Arbiter: {name}.")
    return asked.model_copy(update={"arbiter": code})


def proposals(suggested: str | None, question: Question, context: Context) -> Sequence[Candidate]:
    """For the arbiter: whom the last one to decline named, then what the rules of the topic name."""
    found = candidates(_rules_of_topic(question, context), question, context)
    if suggested is None:
        return found
    remark = "" if context.register.get(suggested) else " (tidak terdaftar / not in the register)"
    proposal = Candidate(agency=suggested, why=f"Diusulkan oleh {question.tried[-1]} / suggested by it{remark}")
    return (proposal, *(c for c in found if c.agency != suggested))[:MAX_CANDIDATES]
