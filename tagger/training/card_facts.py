"""What a model card tells beside what the model itself remembers: counts of the training text and of the weights."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from safetensors import safe_open

from tagger.corpus.sentence import Sentence
from tagger.inference.bundle import RUN_FILE, WEIGHTS

_LEAST_SCRIPT = 0.01  # of all letters


@dataclass(frozen=True, slots=True)
class TextFacts:
    """Of the training sentences.

    Args:
        longest: tokens of the longest sentence. surfaces: distinct ones of entities, by type.
        scripts: those of a hundredth of all letters or more, as Unicode names them, with their shares.
        capitalised: the share of entities that begin with a capital letter.
    """

    longest: int
    surfaces: Mapping[str, int]
    scripts: Mapping[str, float]
    capitalised: float


@dataclass(frozen=True, slots=True)
class SizeFacts:
    """Of the model's files.

    Args:
        size: bytes on disk. parameters: numbers in the weights file, `embedding` of them in the word matrix.
        products: weights that a word is multiplied with when a text is tagged.
        letter_products: those for each letter of a distinct word, or None where letters need none.
    """

    size: int
    parameters: int
    embedding: int
    products: int
    letter_products: int | None


@dataclass(frozen=True, slots=True)
class CardFacts:
    """All of these."""

    text: TextFacts
    size: SizeFacts


def card_facts(train: Sequence[Sentence], directory: Path) -> CardFacts:
    """Count the training sentences, and the files of a model that has all parts but its card and its description."""
    return CardFacts(_text_facts(train), _size_facts(directory))


def _text_facts(train: Sequence[Sentence]) -> TextFacts:
    entities = [(sentence, entity) for sentence in train for entity in sentence.entities]
    surfaces = {(entity.type, sentence.surface(entity)) for sentence, entity in entities}
    capital = sum(sentence.tokens[entity.start][:1].isupper() for sentence, entity in entities)
    return TextFacts(
        longest=max((len(sentence.tokens) for sentence in train), default=0),
        surfaces=dict(sorted(Counter(type_ for type_, _ in surfaces).items())),
        scripts=_scripts_of(token for sentence in train for token in sentence.tokens),
        capitalised=capital / max(1, len(entities)),
    )


def _scripts_of(tokens: Iterable[str]) -> dict[str, float]:
    letters = Counter(letter for token, count in Counter(tokens).items() for letter in token * count)
    scripts = Counter[str]()
    for letter, count in letters.items():
        if letter.isalpha():
            scripts[unicodedata.name(letter, "unnamed").split()[0].capitalize()] += count
    shares = {script: count / scripts.total() for script, count in scripts.most_common()}
    return {script: share for script, share in shares.items() if share >= _LEAST_SCRIPT}


def _size_facts(directory: Path) -> SizeFacts:
    with safe_open(directory / WEIGHTS, framework="numpy") as stored:
        shapes = {name: tuple(stored.get_slice(name).get_shape()) for name in stored.keys()}  # noqa: SIM118
    sizes = {name: prod(shape) for name, shape in shapes.items()}
    return SizeFacts(
        size=sum(path.stat().st_size for path in directory.iterdir() if path.name != RUN_FILE),  # which names paths
        parameters=sum(sizes.values()),
        embedding=sizes["embedding"],
        products=_products(sizes),
        letter_products=_matrices(sizes, "characters.") if "characters.forward.kernel" in sizes else None,
    )


def _products(sizes: Mapping[str, int]) -> int:
    """Of the encoder and the tag head; a cell that serves all layers multiplies once in each."""
    projections = [size for name, size in sizes.items() if name.endswith(".projection") and name.startswith("encoder.")]
    return _matrices(sizes, "encoder.") * (1 + len(projections)) + sum(projections) + sizes["tag_head.kernel"]


def _matrices(sizes: Mapping[str, int], prefix: str) -> int:
    ends = (".kernel", ".recurrent")
    return sum(size for name, size in sizes.items() if name.startswith(prefix) and name.endswith(ends))
