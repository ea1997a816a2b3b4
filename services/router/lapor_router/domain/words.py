"""The words of a text as a lexicon knows them: tokens, spelling as in a message (SMS, slang, typing slips), roots."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lapor_router.domain.stems import LONGEST_WORD, MOST_REMEMBERED, Roots, without_clitics

MOST_CHARACTERS = 4_000  # of a text that are read
MOST_WORDS = 400  # the subject is named before: longer texts repeat
SHORTEST_SLIP = 9  # letters; in a shorter word one other letter is another word, or a place, too often
_TOKEN = re.compile(r"[^\W_]+(?:[-'’`][^\W_]+)*")
_APOSTROPHE = re.compile(r"['’`]")
_TWICE = re.compile(r"([a-z]{3,})[2²](nya|an|i|kan)?")
_LONG = re.compile(r"(.)\1{2,}")
_DOUBLE = re.compile(r"(.)\1")
_LETTERS = re.compile(r"[a-z]{3,}")
_DIGITS_AS_LETTERS = str.maketrans("013456789", "oieasgtbg")


@dataclass(frozen=True, slots=True)
class Word:
    """`lemma`: as written in a dictionary of forms: without clitics, not doubled (`perbaikan`). `root`: `baik`."""

    lemma: str
    root: str


class Language:
    """`spelling`: what is written, to the words that are meant. `roots`: known roots; `known`: known forms."""

    def __init__(self, spelling: Mapping[str, str], roots: Iterable[str], known: Iterable[str] = ()) -> None:
        self._spelling = dict(spelling)
        self._roots = Roots(roots)
        self._known = self._roots.known.union(known)
        self._slips = _slips(word for word in self._known if len(word) >= SHORTEST_SLIP and word.isascii())
        self._remembered: dict[str, tuple[Word, ...]] = {}
        self._roots_remembered: dict[str, tuple[str, ...]] = {}

    def read(self, text: str) -> list[Word]:
        """In order; at most MOST_WORDS of the first MOST_CHARACTERS."""
        found: list[Word] = []
        for token in tokens(text):
            found += self.words(token)
        return found

    def roots(self, text: str) -> tuple[str, ...]:
        """What a model of words learns from: each word's root, numbers left out."""
        found: list[str] = []
        for token in tokens(text):
            roots = self._roots_remembered.get(token)
            if roots is None:
                if len(self._roots_remembered) >= MOST_REMEMBERED:
                    self._roots_remembered.clear()
                roots = tuple(word.root for word in self.words(token) if not word.root.isdigit())
                self._roots_remembered[token] = roots
            found += roots
        return tuple(found)

    def roots_of_report(self, title: str, narrative: str) -> tuple[str, ...]:
        """The title's count twice: it says what it is about."""
        return 2 * self.roots(title) + self.roots(narrative)

    def words(self, token: str) -> tuple[Word, ...]:
        """Of one token, as `tokens` gives it; an abbreviation may mean several words."""
        found = self._remembered.get(token)
        if found is None:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            found = self._remembered[token] = tuple(self._word(part) for part in self._meant(token))
        return found

    def _word(self, form: str) -> Word:
        lemma = self._lemma(form)
        return Word(lemma, self._roots.of(lemma) or lemma)

    def _lemma(self, form: str) -> str:
        if form in self._known:
            return form
        rooted = self._roots.of(form) is not None
        for rest in without_clitics(form):
            if rest in self._known or (rooted and self._roots.of(rest) is not None):
                return rest
        if not rooted and form.endswith("nya") and len(form) > len("nya") + 3:
            return form[: -len("nya")]
        return form

    def _meant(self, token: str) -> tuple[str, ...]:
        token = _APOSTROPHE.sub("", token)
        if not token:
            return ()
        if "-" in token:
            return self._compound(token.split("-"))
        if token in self._spelling:
            return tuple(self._spelling[token].split())
        if token in self._known or token.isdigit() or len(token) > LONGEST_WORD:
            return (token,)
        if not token.isalpha():
            return self._with_digits(token)
        return self._spelled(token)

    def _compound(self, parts: list[str]) -> tuple[str, ...]:
        """`e-ktp` is one word, `jalan-jalan` the doubled one, `ter-urus` one that was cut, `orang-tua` two."""
        joined = "".join(parts)
        if joined in self._spelling or joined in self._known:
            return self._meant(joined)
        first, *others = (word for part in parts for word in self.words(part))
        if others and all(other.root == first.root for other in others):
            return (min((first, *others), key=lambda word: len(word.lemma)).lemma,)
        if len(parts[0]) <= 3 and self._roots.of(joined) is not None:
            return (joined,)
        return tuple(word.lemma for word in (first, *others))

    def _with_digits(self, token: str) -> tuple[str, ...]:
        """`jalan2` is doubled, `s4mp4h` has digits for letters, `5hari` is a number and a word."""
        if doubled := _TWICE.fullmatch(token):
            return self._meant(doubled[1] + (doubled[2] or ""))
        letters = token.translate(_DIGITS_AS_LETTERS)
        if letters in self._known or letters in self._spelling:
            return self._meant(letters)
        return tuple(part for found in _LETTERS.findall(token) for part in self._meant(found)) or (token,)

    def _spelled(self, token: str) -> tuple[str, ...]:
        """Letters held down (`parahhh`), or one letter wrong in a long word that is known."""
        if self._roots.of(token) is not None:
            return (token,)
        for tried in (_LONG.sub(r"\1\1", token), _LONG.sub(r"\1", token), _DOUBLE.sub(r"\1", token)):
            if tried != token:
                if tried in self._spelling:
                    return tuple(self._spelling[tried].split())
                if tried in self._known or self._roots.of(tried) is not None:
                    return (tried,)
        return (self._without_slip(token) or token,)

    def _without_slip(self, token: str) -> str | None:
        if len(token) < SHORTEST_SLIP - 1:
            return None
        for form in (token, *_shorter(token)):
            found = self._slips.get(form)
            if found is not None and _one_slip(found, token):
                return found
        return None


def tokens(text: str) -> list[str]:
    """In lower case; `jalan-jalan`, `jalan2` and `jum'at` are one each."""
    text = text[:MOST_CHARACTERS]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)[:MOST_CHARACTERS]
    return _TOKEN.findall(text.lower())[:MOST_WORDS]


def _slips(words: Collection[str] | Iterable[str]) -> dict[str, str]:
    """To each known word what is left of it without one letter: a slip is near it if they share such a rest."""
    found: dict[str, str] = {}
    for word in sorted(words):
        for form in (word, *_shorter(word)):
            found.setdefault(form, word)
    return found


def _one_slip(known: str, token: str) -> bool:
    """One letter too many, missing or another, or two exchanged; the first is right."""
    start = 0
    while start < min(len(known), len(token)) and known[start] == token[start]:
        start += 1
    meant, written = known[start:], token[start:]
    while meant and written and meant[-1] == written[-1]:
        meant, written = meant[:-1], written[:-1]
    return start > 0 and (max(len(meant), len(written)) <= 1 or (len(meant) == 2 and meant == written[::-1]))


def _shorter(word: str) -> Iterable[str]:
    return (word[:at] + word[at + 1 :] for at in range(1, len(word)))
