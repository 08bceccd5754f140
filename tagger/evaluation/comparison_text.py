"""A comparison as a person reads it."""

from collections import Counter
from collections.abc import Sequence

from tagger.corpus.entities import Entity
from tagger.corpus.sentence import Sentence
from tagger.evaluation.compare_files import FileComparison
from tagger.evaluation.comparison import Comparison, Difference, Differences, Disagreement
from tagger.evaluation.matching import Kind
from tagger.evaluation.significance import SHUFFLES

_COLUMNS = "      A        B    A - B       95 % interval         p   support"
_MEANING = f"""\
p is how often a difference this large would come by chance, were A and B equally good: the two taggings of each
sentence change places by lot, {SHUFFLES:,} times. It speaks of these two taggings alone: training again with another
seed can turn a small difference round, however small p is. Each row is a test by itself: of 20 rows of which no
difference is real, one has a p below 0.05.
"""
_KIND_NAMES = {
    Kind.MISSED: "missed",
    Kind.TYPE: "another type",
    Kind.BOUNDARY: "another boundary",
    Kind.BOTH: "another type and boundary",
}
_AROUND = 6  # tokens shown on each side of an entity


def comparison_text(found: FileComparison, examples: int) -> str:
    """Differences as a table, what p means, who is right where, and so many examples of each kind."""
    comparison = found.comparison
    support = f"{comparison.sentences:,} sentences, {comparison.micro.support:,} entities"
    heading = f"A     {found.a}\nB     {found.b}\ngold  {found.gold.path}: {support}\n"
    parts = [heading, _table(comparison), _MEANING, _agreement(comparison)]
    for right, wrong, some in (("A", "B", comparison.a_alone), ("B", "A", comparison.b_alone)):
        if some and examples:
            parts.append(_examples(right, wrong, some, examples, found))
    return "\n".join(parts)


def _table(comparison: Comparison) -> str:
    micro = comparison.micro
    width = max(len("micro avg"), *map(len, comparison.types), 0)
    rows = [f"{'strict F1':>{width}}  {_COLUMNS}", ""]
    rows += [_row(type_, some.f1, some.support, width) for type_, some in comparison.types.items()]
    rows += ["", _row("micro avg", micro.f1, micro.support, width), ""]
    rows += [_row(name, some, micro.support, width) for name, some in _parts_of(micro)]
    return "\n".join(rows) + "\n"


def _parts_of(micro: Differences) -> list[tuple[str, Difference]]:
    return [("precision", micro.precision), ("recall", micro.recall)]


def _row(name: str, one: Difference, support: int, width: int) -> str:
    change, between = one.a - one.b, f"{one.interval.low:+.4f} to {one.interval.high:+.4f}"
    return f"{name:>{width}}  {one.a:7.4f}  {one.b:7.4f}  {change:+.4f}  {between}  {one.p_value:8.4f} {support:9}"


def _agreement(comparison: Comparison) -> str:
    a, b = comparison.a_alone, comparison.b_alone
    rows = [
        ("right in both", comparison.both, ""),
        ("right in A alone", _count(a, made_up=False), _kinds("B", a)),
        ("right in B alone", _count(b, made_up=False), _kinds("A", b)),
        ("right in neither", comparison.neither, ""),
        ("made up by A alone", _count(b, made_up=True), ""),
        ("made up by B alone", _count(a, made_up=True), ""),
    ]
    return "\n".join(f"{name:<18} {count:9,}{why}" for name, count, why in rows) + "\n"


def _count(some: Sequence[Disagreement], *, made_up: bool) -> int:
    return sum((one.kind is Kind.SPURIOUS) == made_up for one in some)


def _kinds(other: str, some: Sequence[Disagreement]) -> str:
    """What the other has where one is right."""
    kinds = Counter(one.kind for one in some if one.gold is not None)
    words = [f"{name} {kinds[kind]:,}" for kind, name in _KIND_NAMES.items() if kinds[kind]]
    return f"  in {other}: {', '.join(words)}" if words else ""


def _examples(right: str, wrong: str, some: Sequence[Disagreement], count: int, found: FileComparison) -> str:
    heading = f"{right} is right and {wrong} is not: {min(count, len(some)):,} of {len(some):,}"
    return "\n".join([heading, *(_example(wrong, one, found) for one in some[:count])]) + "\n"


def _example(wrong: str, one: Disagreement, found: FileComparison) -> str:
    sentence = found.gold.sentences[one.sentence]
    truth, answer = (_named(entity, sentence) for entity in (one.gold, one.predicted))
    line = found.line_of(one)
    return f"  {found.gold.path}:{line}: gold {truth}, {wrong} {answer}\n    {_context(one, sentence)}"


def _named(entity: Entity | None, sentence: Sentence) -> str:
    return f"{entity.type} {sentence.surface(entity)!r}" if entity is not None else "nothing"


def _context(one: Disagreement, sentence: Sentence) -> str:
    """The sentence around the place, in brackets what is gold, or what is made up."""
    entity, tokens = one.entity, sentence.tokens
    start, end = max(0, entity.start - _AROUND), entity.end + _AROUND
    before, after = tokens[start : entity.start], tokens[entity.end : end]
    parts = ["..." * bool(start), *before, f"[{sentence.surface(entity)}]", *after, "..." * (end < len(tokens))]
    text = " ".join(part for part in parts if part)
    return "".join(character if character.isprintable() else "\ufffd" for character in text)
