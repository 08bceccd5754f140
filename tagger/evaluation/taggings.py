"""A tagging of a labelled file: what a model makes of it, or what another file holds."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_blocks
from tagger.corpus.entities import Entity
from tagger.corpus.schemes import Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import DataError
from tagger.evaluation.gold_file import GoldFile, read_gold
from tagger.evaluation.scores import strict_entities
from tagger.files import open_input
from tagger.inference.prediction import Prediction
from tagger.inference.tagger import Tagger


def read_tagging(path: Path, gold: GoldFile, columns: ColumnFormat) -> list[Prediction]:
    """The predictions, in gold's scheme, of a model directory, or of a column file with the same tokens.

    A file's have no confidences, and only its well-formed entities count.

    Raises:
        BundleError: of a model. DataError: of a file; it says where its tokens are others than gold's.
    """
    if path.is_dir():
        return Tagger.load(path, scheme=gold.scheme.name).predict(gold.sentences)
    tagged = read_gold(path, columns)
    _check_same_tokens(tagged, gold, columns)
    return [Prediction(sentence, ()) for sentence in _in_scheme(tagged, gold.scheme)]


def _in_scheme(tagged: GoldFile, scheme: Scheme) -> list[Sentence]:
    if tagged.scheme == scheme:
        return list(tagged.sentences)
    entities = defaultdict[int, list[Entity]](list)
    for place, entity in sorted(strict_entities(tagged.sentences, tagged.scheme)):
        entities[place].append(entity)
    return [
        Sentence(sentence.tokens, scheme.tags_of(entities[place], len(sentence.tokens)))
        for place, sentence in enumerate(tagged.sentences)
    ]


def _check_same_tokens(tagged: GoldFile, gold: GoldFile, columns: ColumnFormat) -> None:
    pairs = zip_longest(tagged.sentences, gold.sentences)
    for place, (sentence, truth) in enumerate(pairs):
        tokens, expected = (one.tokens if one is not None else () for one in (sentence, truth))
        if tokens != expected:
            token = _first_difference(tokens, expected)
            found = [
                _token_at(one.path, some, place, token, columns) for one, some in ((tagged, tokens), (gold, expected))
            ]
            raise DataError(f"{found[0]}, but {found[1]}; a tagged file needs the very tokens and sentences of gold")


def _first_difference(one: Sequence[str], other: Sequence[str]) -> int:
    return next(place for place, (a, b) in enumerate(zip_longest(one, other)) if a != b)


def _token_at(path: Path, tokens: Sequence[str], sentence: int, place: int, columns: ColumnFormat) -> str:
    """Where a token stands and what it is, or where its sentence ended before it."""
    if not tokens:
        return f"{path} ended after {sentence:,} sentences"
    last = min(place, len(tokens) - 1)
    line = _line_of(path, sentence, last, columns)
    what = f"found {tokens[place]!r}" if place < len(tokens) else "its sentence ended"
    return f"{path}:{line}: {what}"


def _line_of(path: Path, sentence: int, place: int, columns: ColumnFormat) -> int:
    before = 0
    with open_input(path) as stream:
        for block in read_blocks(stream, path, columns, labelled=False):
            if block.tokens and not sentence:
                return before + block.token_rows[place] + 1
            sentence -= bool(block.tokens)
            before += len(block.lines)
    raise DataError(f"{path}: changed while it was read")
