"""What a model lost and won by being exported in another form."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll, scheme_of
from tagger.corpus.sentence import Sentence
from tagger.evaluation.scores import score_strict
from tagger.inference.tagger import Tagger

_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Comparison:
    """Of two models on one file.

    Args:
        f1_before, f1_after: strict. speed: how many times as fast the second tags it, the median of alternating rounds.
        otherwise: sentences that the second tags otherwise with all the others than alone.
    """

    f1_before: float
    f1_after: float
    speed: float
    otherwise: int
    sentences: int

    def text(self) -> str:
        """For a person, in lines."""
        if self.otherwise:
            alone = f"{self.otherwise:,} of {self.sentences:,} sentences get other tags alone than in a batch"
        else:
            alone = f"all {self.sentences:,} sentences get the same tags alone as in a batch"
        change = 100.0 * (self.f1_after - self.f1_before)
        return "\n".join(
            [
                f"F1     {100.0 * self.f1_before:.2f} before, {100.0 * self.f1_after:.2f} after ({change:+.2f})",
                f"speed  {self.speed:.2f} times",
                f"batch  {alone}",
            ]
        )


def compare_models(before: Path, after: Path, file: Path, columns: ColumnFormat) -> Comparison:
    """Compare two models on a labelled file.

    Raises:
        BundleError: of the models. DataError: of the file.
    """
    gold = read_conll(file, columns)
    scheme = scheme_of(gold, file, columns)
    taggers = [Tagger.load(model, scheme=scheme.name) for model in (before, after)]
    tagged = [tagger.tag(gold) for tagger in taggers]
    first, second = (score_strict(gold, found, scheme).micro.f1 for found in tagged)
    ratios = [_seconds(taggers[0], gold) / _seconds(taggers[1], gold) for _ in range(_ROUNDS)]
    alone = [taggers[1].tag([sentence])[0] for sentence in gold]
    otherwise = sum(one != other for one, other in zip(alone, tagged[1], strict=True))
    return Comparison(first, second, median(ratios), otherwise, len(gold))


def _seconds(tagger: Tagger, sentences: Sequence[Sentence]) -> float:
    started = time.perf_counter()
    tagger.tag(sentences)
    return time.perf_counter() - started
