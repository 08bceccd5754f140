"""Findings about entity types: rare ones, ones that train does not know, and names that may mean the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from tagger.checking.findings import Finding, Kind
from tagger.checking.labelled_file import LabelledFile

_FEW = 10  # entities of a type, below which it is hardly learned
_LEAST_PREFIX = 3  # characters: PER and PERSON
_LEAST_ALIKE, _ALIKE = 5, 0.8  # characters, and the share of them that is the same: LOCATION and LOCATON
_PARTS = "-_./:"  # a name that goes on so is of a part: location and location-city


def entity_types(files: Sequence[LabelledFile]) -> Iterator[Finding]:
    """Findings about the types of all files, the first of which is train."""
    first_lines = [_first_lines(file) for file in files]
    counts = [Counter(entity.type for sentence in file.sentences for entity in sentence.entities) for file in files]
    yield from _rare(files[0], counts[0], first_lines[0])
    for file, found, lines in zip(files[1:], counts[1:], first_lines[1:], strict=True):
        yield from _unknown(file, found, lines, files[0], counts[0])
    yield from _similar(files, counts, first_lines)


def are_similar(one: str, other: str) -> bool:
    """Whether two names of types may be two spellings of one: PER and Per, PERS or PERSON, LOCATION and LOCATON."""
    plain = [_plain(one), _plain(other)]
    if plain[0] == plain[1]:
        return True
    if plain[0].rstrip("0123456789") == plain[1].rstrip("0123456789"):
        return False
    short, long = sorted((one.casefold(), other.casefold()), key=len)
    if long.startswith(short):
        return len(short) >= _LEAST_PREFIX and long[len(short)] not in _PARTS
    return len(short) >= _LEAST_ALIKE and SequenceMatcher(None, short, long, autojunk=False).ratio() > _ALIKE


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum()) or name


def _rare(file: LabelledFile, counts: Counter[str], lines: dict[str, int]) -> Iterator[Finding]:
    for type_, count in sorted(counts.items(), key=lambda item: (item[1], item[0])):
        if count < _FEW:
            message = (
                f"{type_} has {count} {'entities' if count > 1 else 'entity'}; label more or merge it with another"
            )
            yield file.finding(lines[type_], Kind.RARE_TYPE, message)


def _unknown(
    file: LabelledFile, counts: Counter[str], lines: dict[str, int], train: LabelledFile, known: Counter[str]
) -> Iterator[Finding]:
    for type_, count in sorted(counts.items()):
        if type_ not in known and known:
            found = f"{type_} has {count} here and none in {train.path}, so that no model can find it"
            yield file.finding(lines[type_], Kind.UNKNOWN_TYPE, f"{found}; rename it or label some there")


def _similar(
    files: Sequence[LabelledFile], counts: Sequence[Counter[str]], first_lines: Sequence[dict[str, int]]
) -> Iterator[Finding]:
    total = sum(counts, Counter[str]())
    for pair in combinations(sorted(total), 2):
        if are_similar(*pair):
            rare, common = sorted(pair, key=lambda type_: total[type_])
            place = next(place for place, found in enumerate(counts) if found[rare])
            message = f"{rare} ({total[rare]}) looks like {common} ({total[common]}); if they mean the same, rename one"
            yield files[place].finding(first_lines[place][rare], Kind.SIMILAR_TYPES, message)


def _first_lines(file: LabelledFile) -> dict[str, int]:
    lines: dict[str, int] = {}
    for sentence in file.sentences:
        for entity in sentence.entities:
            lines.setdefault(entity.type, sentence.lines[entity.start])
    return lines
