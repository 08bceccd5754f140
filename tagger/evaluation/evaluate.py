"""A model against a labelled file."""

from pathlib import Path

from tagger.config import ColumnFormat
from tagger.corpus.conll import read_conll, scheme_of
from tagger.evaluation.scores import Scores, score_predictions
from tagger.inference.bundle import Bundle
from tagger.inference.tagger import Tagger


def evaluate_file(model: Path, path: Path, columns: ColumnFormat) -> Scores:
    """Tag a labelled column file in its own scheme and score the tags against it.

    Raises:
        BundleError: of the model. DataError: of the file.
    """
    bundle = Bundle.open(model)
    gold = read_conll(path, columns)
    scheme = scheme_of(gold, path, columns)
    predictions = Tagger.from_bundle(bundle, scheme=scheme.name).predict(gold)
    return score_predictions(gold, predictions, scheme, bundle.surfaces())
