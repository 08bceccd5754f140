"""Two models, or two tagged files, against a labelled file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagger.config import ColumnFormat
from tagger.errors import DataError
from tagger.evaluation.comparison import Comparison, Disagreement, compare_predictions
from tagger.evaluation.gold_file import GoldFile, read_gold
from tagger.evaluation.taggings import read_tagging


@dataclass(frozen=True, slots=True)
class FileComparison:
    """A comparison and what was compared: `a` and `b` are model directories or tagged files."""

    a: Path
    b: Path
    gold: GoldFile
    comparison: Comparison

    def to_json(self) -> dict[str, Any]:
        """Nested plain values, where the two differ with line and text."""
        values = {"a": str(self.a), "b": str(self.b), "file": str(self.gold.path)} | self.comparison.to_json()
        for name, some in (("a_alone", self.comparison.a_alone), ("b_alone", self.comparison.b_alone)):
            values[name] = [row | self._place_of(one) for row, one in zip(values[name], some, strict=True)]
        return values

    def _place_of(self, one: Disagreement) -> dict[str, Any]:
        return {"line": self.line_of(one), "text": self.gold.sentences[one.sentence].surface(one.entity)}

    def line_of(self, one: Disagreement) -> int:
        """The line of gold's file where it begins."""
        return self.gold.lines[one.sentence] + one.entity.start


def compare_files(a: Path, b: Path, file: Path, columns: ColumnFormat, *, seed: int = 0) -> FileComparison:
    """Compare two model directories, or column files tagged by whatever, on a labelled file.

    Raises:
        BundleError: of a model. DataError: of a file, or where the files' tokens differ.
    """
    gold = read_gold(file, columns)
    if not any(sentence.entities for sentence in gold.sentences):
        raise DataError.at(file, 1, "found no entity, every tag is O; nothing can be right or wrong there")
    first, second = (read_tagging(path, gold, columns) for path in (a, b))
    return FileComparison(a, b, gold, compare_predictions(gold.sentences, first, second, gold.scheme, seed=seed))
