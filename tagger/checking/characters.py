"""Findings about the characters of tokens: spaces, what cannot be seen, and what has another form."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile, shown

LOST = "\ufffd"
_SPACES = frozenset({"Zs", "Zl", "Zp"})
_CONTROL = "Cc"
_JOINERS = "\u200c\u200d"  # which letters of some scripts, and emoji, do need
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")

Problem = Callable[[str], str | None]  # what is wrong with a token, if anything is


def characters(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """A finding for each token that holds a space, a character that cannot be seen, or one that is not in NFC."""
    counts = Counter(token for file in files for sentence in file.sentences for token in sentence.tokens)
    problems: dict[Kind, dict[str, str]] = {
        Kind.SPACE: _problems(counts, _space_problem),
        Kind.CHARACTER: _problems(counts, _character_problem),
        Kind.NORMALISATION: _problems(counts, lambda token: _form_problem(token, counts)),
    }
    for kind, messages in problems.items():
        if messages:
            yield from _places(files, kind, messages)


def is_space(character: str) -> bool:
    """Whether it is a space of any kind."""
    return unicodedata.category(character) in _SPACES


def hidden_in(token: str) -> list[int]:
    """The places of control characters and of those without width, but for joiners between letters that need them."""
    return [place for place, character in enumerate(token) if _is_hidden(character) and not _joins(token, place)]


def _is_hidden(character: str) -> bool:
    return bool(_INVISIBLE.match(character)) or unicodedata.category(character) == _CONTROL


def _joins(token: str, place: int) -> bool:
    around = token[place - 1 : place] + token[place + 1 : place + 2]
    return token[place] in _JOINERS and len(around) == 2 and not any(map(str.isascii, around))


def _problems(tokens: Mapping[str, int], problem: Problem) -> dict[str, str]:
    """What is wrong with those of the tokens that are not plain ASCII."""
    found = {token: problem(token) for token in tokens if not (token.isascii() and token.isprintable()) or " " in token}
    return {token: message for token, message in found.items() if message is not None}


def _places(files: Sequence[LabelledFile], kind: Kind, messages: Mapping[str, str]) -> Iterator[Finding]:
    for file in files:
        for sentence in file.sentences:
            for token, line in zip(sentence.tokens, sentence.lines, strict=True):
                if token in messages:
                    yield file.finding(line, kind, messages[token])


def _space_problem(token: str) -> str | None:
    spaces = [character for character in token if is_space(character)]
    if not spaces:
        return None
    return f"{shown(token)} holds {_name(spaces[0])}; a token has no spaces, part it (--fix does)"


def _character_problem(token: str) -> str | None:
    if hidden := hidden_in(token):
        return f"{shown(token)} holds {_name(token[hidden[0]])}, which nobody sees; remove it (--fix does)"
    if LOST in token:
        return f"{shown(token)} holds U+FFFD: a character was lost in a conversion; put it back"
    return None


def _form_problem(token: str, counts: Mapping[str, int]) -> str | None:
    composed = unicodedata.normalize("NFC", token)
    if composed == token:
        return None
    others = counts.get(composed, 0)
    mixed = f", which looks the same and stands {others} times beside it" if others else ""
    return f"{token!a} is not in the form NFC; write {composed!a}{mixed} (--fix does)"


def _name(character: str) -> str:
    code = f"U+{ord(character):04X}"
    return f"{code} {unicodedata.name(character, 'a control character')}"
