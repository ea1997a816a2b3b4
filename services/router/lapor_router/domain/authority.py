"""Whose complaint is it: the rule of the complaint's day, and the agency that the rule means there.

What the rules do not decide is left to a person, with candidates; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.assignments import Candidate, Explanation, NeedsDecision, OutOfScope

from lapor_router.domain import explain, texts
from lapor_router.domain.categories import topic_of
from lapor_router.domain.findings import Reading
from lapor_router.domain.matrix import Rule
from lapor_router.domain.policy import MAX_CANDIDATES, PROVINCE_ADMIN, WITH_OFFICES
from lapor_router.domain.register import Body, NoArea
from lapor_router.domain.rules import Context, Question


@dataclass(frozen=True, slots=True)
class Choice:
    """To be assigned to `lead`, with copies to `copies`."""

    lead: AgencyEntry
    copies: tuple[AgencyEntry, ...]
    explanation: Explanation


Outcome = Choice | NeedsDecision | OutOfScope


def decide(question: Question, context: Context) -> Outcome:
    """The same question in the same context always has the same answer; it is never somebody who declined."""
    category = context.rules.categories.get(question.category or "")
    by_code = question.reading is None or question.reading.about.source == "code"
    if category and category.out_of_scope and by_code:
        return texts.out_of_scope(category.out_of_scope, category.pointed_to)
    if category is None or category.out_of_scope:
        # An end that nobody reads again is not for words to decide.
        return texts.needs_decision("no_category", candidates(_rules_like(question, context), question, context))
    rule = context.rules.matrix.rule_for(category.code, question.area, question.complaint_day)
    if rule is None:
        near = context.rules.matrix.rules_of_topic(category.topic, question.area, question.complaint_day)
        return texts.needs_decision("no_rule", candidates(near, question, context))
    try:
        competent = context.find(rule.lead, question)
    except NoArea:
        return _to_parent(rule, question, context) or _uncertain("no_area", rule, question, context)
    if question.reading and not _sure(rule, question.reading, context):
        return _to_parent(rule, question, context) or _uncertain(_weaker(question.reading), rule, question, context)
    return _to(competent, rule, question, context)


def _to_parent(rule: Rule, question: Question, context: Context) -> Choice | None:
    """Where the place is not sure enough for an office of the centre or of a company: the body that it belongs to,
    if the rule names that as its second. None where that is no way either."""
    body, reading = rule.runner_up, question.reading
    if body is None or rule.lead.level not in WITH_OFFICES or not context.belongs_to(rule.lead, body):
        return None
    parent = find_or_none(body, question, context)
    if parent is None or parent.code in question.tried or not context.may_get(parent, question):
        return None
    if reading and not (context.gate and context.gate.automatic(reading.about, reading.where, needs_area=False)):
        return None
    why = explain.to_parent(rule, parent, question, context.rules, _confidence(question, context, needs_area=False))
    return Choice(parent, (), why)


def _sure(rule: Rule, reading: Reading, context: Context) -> bool:
    if context.gate is None:
        return False
    return context.gate.automatic(reading.about, reading.where, needs_area=context.needs_area(rule.lead))


def _weaker(reading: Reading) -> texts.Why:
    """What a person should look at first."""
    subject = reading.about.guesses[0].probability if reading.about.guesses else 0.0
    return "no_area" if reading.where.confidence < subject else "no_category"


def _uncertain(why: texts.Why, rule: Rule, question: Question, context: Context) -> NeedsDecision:
    """The likeliest, with what speaks for them."""
    found = list(candidates([rule, *_rules_guessed(question, context)], question, context))
    note_id, note_en = explain.understood(question, context.rules)
    return texts.needs_decision(why, found, note_id, note_en)


def _rules_guessed(question: Question, context: Context) -> list[Rule]:
    """Of the other guesses, the likeliest first."""
    guesses = question.reading.about.guesses[1:] if question.reading else ()
    found = (context.rules.matrix.rule_for(g.category, question.area, question.complaint_day) for g in guesses)
    return [rule for rule in found if rule is not None]


def _to(competent: AgencyEntry | None, rule: Rule, question: Question, context: Context) -> Outcome:
    if competent and competent.code in question.tried:
        return texts.needs_decision("ping_pong", candidates([rule], question, context))
    if competent and context.has(competent):
        if context.may_get(competent, question):
            return choice(competent, rule, question, context)
        admin = _province_admin(question, context)
        if competent.joined_on > question.complaint_day and admin is not None and admin.code not in question.tried:
            why = explain.to_province_admin(rule, competent, admin, question, context.rules)
            return Choice(admin, (), why)
    return texts.needs_decision("not_joined", candidates([rule], question, context))


def choice(lead: AgencyEntry, rule: Rule, question: Question, context: Context) -> Choice:
    runner_up = find_or_none(rule.runner_up, question, context) if rule.runner_up else None
    sure = _confidence(question, context, needs_area=context.needs_area(rule.lead))
    why = explain.by_authority(rule, lead, runner_up, question, context.rules, sure)
    return Choice(lead, copies_of(rule, lead, question, context), why)


def _confidence(question: Question, context: Context, *, needs_area: bool) -> float | None:
    """None where codes said it: they are not judged."""
    reading = question.reading
    if reading is None or context.gate is None or reading.about.source == reading.where.source == "code":
        return None
    return context.gate.probability(reading.about, reading.where, needs_area=needs_area)


def copies_of(rule: Rule, lead: AgencyEntry, question: Question, context: Context) -> tuple[AgencyEntry, ...]:
    """Nobody gets a copy of a secret complaint, nor one who said that it is not theirs."""
    if question.secret:
        return ()
    found = (find_or_none(body, question, context) for body in rule.copies)
    once = {entry.code: entry for entry in found if entry}  # two may have been merged into one
    return tuple(
        entry
        for entry in once.values()
        if entry.code != lead.code and entry.code not in question.tried and context.may_get(entry, question)
    )


def candidates(rules: Iterable[Rule], question: Question, context: Context) -> tuple[Candidate, ...]:
    """For a person: the rules' leads, then what else they name, then the province's administrator; nobody
    who declined."""
    listed = list(rules)
    leads = [(rule, rule.lead) for rule in listed]
    others = [(rule, body) for rule in listed for body in rule.bodies[1:]]
    found: dict[str, Candidate] = {}
    for rule, body in (*leads, *others):
        entry = find_or_none(body, question, context)
        if entry and entry.code not in question.tried and entry.code not in found:
            why = f"{rule.id}: {rule.legal_basis}{_remark(entry, question, context)}"
            found[entry.code] = Candidate(agency=entry.code, why=explain.line(why))
            if len(found) == MAX_CANDIDATES:
                return tuple(found.values())
    admin = _province_admin(question, context)
    if admin and admin.code not in question.tried:
        why = "Admin SP4N-LAPOR! provinsi / the province's administrator"
        found.setdefault(admin.code, Candidate(agency=admin.code, why=why))
    return tuple(found.values())


def find_or_none(body: Body, question: Question, context: Context) -> AgencyEntry | None:
    try:
        return context.find(body, question)
    except NoArea:
        return None


def _remark(entry: AgencyEntry, question: Question, context: Context) -> str:
    if context.may_get(entry, question):
        return ""
    return " (belum atau tidak lagi bergabung / not a member)"


def _province_admin(question: Question, context: Context) -> AgencyEntry | None:
    """None where there is no place, or the administrator was no member either."""
    entry = find_or_none(Body(*PROVINCE_ADMIN), question, context)
    return entry if entry and context.may_get(entry, question) else None


def _rules_like(question: Question, context: Context) -> tuple[Rule, ...]:
    """A main topic alone (`jalan-rusak`) is too general to decide, but says who may be meant."""
    guessed = _rules_guessed(question, context)
    if guessed or question.category is None:
        return tuple(guessed)
    return context.rules.matrix.rules_of_topic(topic_of(question.category), question.area, question.complaint_day)
