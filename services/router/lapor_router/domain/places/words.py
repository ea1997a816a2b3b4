"""Where the words of a report say that it is: its mentions of places, weighed together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lapor_router.domain.area import Area, locate
from lapor_router.domain.findings import Where, WhereSource
from lapor_router.domain.places import policy
from lapor_router.domain.places.evidence import words_line
from lapor_router.domain.places.gazetteer import PROVINCE_BELOW, REGENCY_BELOW, Gazetteer, dotted, number, regency_of
from lapor_router.domain.places.mentions import Mention, Reader


@dataclass(frozen=True, slots=True)
class Weighed:
    """`regencies`: regency -> probability, of those that were named at all; the rest is spread evenly."""

    regencies: Mapping[int, float]
    mentions: tuple[Mention, ...]

    def province(self, province: int) -> float:
        return sum(share for regency, share in self.regencies.items() if regency // 100 == province)


def find_by_words(text: str, gazetteer: Gazetteer, known: Iterable[str] = ()) -> Where:
    """`text`: title, narrative and address. `known`: codes that the channel knows. Abstains where nothing is sure."""
    return find_by_mentions(Reader.of(gazetteer).mentions(text), gazetteer, known)


def find_by_mentions(mentions: Sequence[Mention], gazetteer: Gazetteer, known: Iterable[str] = ()) -> Where:
    """As `find_by_words`, of a text that is read already."""
    channel = [number(code) for code in known]
    if not mentions and not channel:
        return Where()
    weighed = weigh(mentions, gazetteer, channel)
    return decide(weighed, from_channel=not mentions)


def weigh(mentions: Iterable[Mention], gazetteer: Gazetteer, channel: Iterable[int] = ()) -> Weighed:
    """Each mention multiplies the odds of the regencies that it may mean (naive Bayes over 514 regencies)."""
    named = _beside_others(_beside_specific(_once(mentions)))
    scores: dict[int, float] = {}
    for mention in named:
        _add(scores, mention.sure, mention.witness.shares)
    for code in channel:
        inside = gazetteer.regencies.get(code, ()) if code < PROVINCE_BELOW else (regency_of(code),)
        if inside:
            _add(scores, policy.CHANNEL, tuple((regency, 1 / len(inside)) for regency in inside))
    if not scores:
        return Weighed({}, ())
    top = max(scores.values())
    total = sum(math.exp(score - top) for score in scores.values())
    total += (policy.REGENCIES - len(scores)) * math.exp(-top)
    return Weighed({regency: math.exp(score - top) / total for regency, score in scores.items()}, tuple(named))


def _add(scores: dict[int, float], sure: float, shares: Iterable[tuple[int, float]]) -> None:
    odds = min(sure, policy.SUREST) / (1 - min(sure, policy.SUREST)) * policy.REGENCIES
    for regency, share in shares:
        scores[regency] = scores.get(regency, 0.0) + math.log1p(odds * share)


def _once(mentions: Iterable[Mention]) -> list[Mention]:
    """A name counts once, where it is surest; said again, it is meant a little more surely."""
    best: dict[str, Mention] = {}
    for mention in mentions:
        held = best.get(mention.name)
        if held is None:
            best[mention.name] = mention
            continue
        stronger = mention if mention.sure > held.sure else held
        sure = stronger.sure + (1 - stronger.sure) * policy.REPEATED
        best[mention.name] = Mention(stronger.name, stronger.mark, stronger.witness, sure, stronger.at)
    return list(best.values())


def _beside_specific(mentions: list[Mention]) -> list[Mention]:
    """Cities count less beside something specific in another regency."""
    sure = _surely(
        mention
        for mention in mentions
        if mention.witness.specific and (mention.witness.marked or mention.mark == "cue")
    )
    if not sure:
        return mentions
    return [
        mention
        if mention.witness.specific or mention.witness.marked or sure.intersection(r for r, _ in mention.witness.shares)
        else replace(mention, sure=mention.sure * policy.BESIDE_SPECIFIC)
        for mention in mentions
    ]


def _surely(mentions: Iterable[Mention]) -> set[int]:
    """The regencies that one of these stands for surely enough to weigh down others."""
    return {
        regency
        for mention in mentions
        if mention.sure >= policy.SURE_SPECIFIC
        for regency, share in mention.witness.shares
        if share >= policy.SHARE_SPECIFIC
    }


def _beside_others(mentions: list[Mention]) -> list[Mention]:
    """Where somebody else is counts less beside where it is."""
    sure = _surely(mention for mention in mentions if mention.mark not in {"kin", "pass", "road"})
    return [
        replace(mention, sure=mention.sure * policy.BESIDE_SPECIFIC)
        if mention.mark == "kin" and sure and not sure.intersection(r for r, _ in mention.witness.shares)
        else mention
        for mention in mentions
    ]


def decide(weighed: Weighed, *, from_channel: bool = False) -> Where:
    ranked = sorted(weighed.regencies.items(), key=lambda item: (-item[1], item[0]))
    if not ranked:
        return Where()
    source: WhereSource = "channel" if from_channel else "words"
    best, probability = ranked[0]
    others = _areas(regency for regency, share in ranked[1:] if share > 0.02)
    if probability >= policy.DECIDED:
        code = deepest(best, weighed.mentions)
        area = locate(dotted(code))
        return Where(area, _calibrated(probability), source, words_line(weighed.mentions, best, from_channel), others)
    maybe = _areas(regency for regency, share in ranked if share > 0.05)
    province = best // 100
    certain = weighed.province(province)
    if certain >= policy.PROVINCE_DECIDED:
        line = words_line(weighed.mentions, province, from_channel)
        return Where(locate(str(province)), _calibrated(certain), source, line, maybe)
    return Where(None, 0.0, "none", words_line(weighed.mentions, 0, from_channel), maybe)


def deepest(regency: int, mentions: Iterable[Mention]) -> int:
    """A district or village inside the regency that a mention surely means, else the regency."""
    district, village = 0, 0
    for mention in mentions:
        if mention.mark == "street" or not (mention.witness.marked or mention.sure >= policy.DEEPER):
            continue
        inside = [code for code in mention.witness.codes if code >= REGENCY_BELOW and regency_of(code) == regency]
        districts = [code for code in inside if code < 1_000_000]
        villages = [code for code in inside if code >= 1_000_000]
        if districts and mention.mark != "V" and not district:
            district = districts[0]
        elif len(villages) == 1 and not village:
            village = villages[0]
    if village and (not district or village // 10_000 == district):
        return village
    return district or regency


def _areas(regencies: Iterable[int]) -> tuple[Area, ...]:
    found = []
    for regency in regencies:
        area = locate(dotted(regency))
        if area is not None:
            found.append(area)
        if len(found) == policy.MAX_OTHERS:
            break
    return tuple(found)


def _calibrated(probability: float) -> float:
    return round(next((measured for least, measured in policy.CALIBRATED if probability >= least), probability), 3)
