"""Analyses of small taggings, without a model behind them."""

from pathlib import Path

from small_models import SCORE

from tagger.config import Config
from tagger.corpus.schemes import IOB2
from tagger.corpus.sentence import Sentence
from tagger.evaluation.analysis import Analysis, analyse
from tagger.evaluation.compare_files import FileComparison
from tagger.evaluation.comparison import compare_predictions
from tagger.evaluation.gold_file import GoldFile
from tagger.evaluation.matching import outcomes_of
from tagger.evaluation.scores import score_predictions
from tagger.evaluation.train_knowledge import TrainKnowledge
from tagger.features.vocabulary import SPECIALS, Vocabulary
from tagger.inference.bundle import Bundle, Manifest
from tagger.inference.prediction import Prediction

HISTORY = [
    {"epoch": 1, "tag_loss": 0.5, "perplexity": 90.0, "dev": {"precision": 0.5, "recall": 0.25, "f1": 1 / 3}},
    {"epoch": 2, "tag_loss": 0.25, "perplexity": 70.0, "dev": {"precision": 0.75, "recall": 0.75, "f1": 0.75}},
    {"epoch": 3, "tag_loss": 0.2, "perplexity": 60.0, "dev": {"precision": 0.7, "recall": 0.7, "f1": 0.7}},
]
VOCABULARY = Vocabulary((*SPECIALS, "of", "Bonn", "Ulm"), 6, 5, lowercase=False, fold_digits=False)


def analysis_of(*sentences, seen=(), documents=None, name="gold.conll") -> Analysis:
    """Of sentences as (text, gold tags, predicted tags), each a string of words; all confidences are 0.9, 0.8 ...

    Entities in `seen` are known from train.
    """
    split = [tuple(tuple(part.split(" ")) for part in sentence) for sentence in sentences]
    gold = tuple(Sentence(tokens, tags) for tokens, tags, _ in split)
    predicted = [Sentence(tokens, tags) for tokens, _, tags in split]
    predictions = [
        Prediction(one, tuple(0.9 - 0.1 * (place % 8) for place, _ in enumerate(one.entities))) for one in predicted
    ]
    lines = [1]
    for sentence in gold[:-1]:
        lines.append(lines[-1] + len(sentence.tokens) + 1)
    file = GoldFile(Path(name), gold, tuple(lines), tuple(documents or [0] * len(gold)), IOB2)
    scores = score_predictions(gold, predictions, IOB2, frozenset(seen))
    known = TrainKnowledge(frozenset(seen), VOCABULARY)
    return analyse(file, scores, outcomes_of(gold, predictions, IOB2), known)


def comparison_of(*sentences) -> FileComparison:
    """Of sentences as (text, gold tags, tags of A, tags of B)."""
    split = [[tuple(part.split(" ")) for part in sentence] for sentence in sentences]
    gold, a, b = (tuple(Sentence(rows[0], rows[place]) for rows in split) for place in (1, 2, 3))
    lines = [1]
    for sentence in gold[:-1]:
        lines.append(lines[-1] + len(sentence.tokens) + 1)
    file = GoldFile(Path("gold.conll"), gold, tuple(lines), (0,) * len(gold), IOB2)
    found = compare_predictions(gold, *([Prediction(one, ()) for one in side] for side in (a, b)), IOB2)
    return FileComparison(Path("a.conll"), Path("b.conll"), file, found)


def bundle_of(history=HISTORY) -> Bundle:
    """What a page says of a model, with no files behind it."""
    report = {"micro": SCORE, "types": {"PER": SCORE}}
    data = {"train": {"sentences": 3, "tokens": 1234, "entities": {"PER": 1}}}
    scores = {"strict": report, "default": report, "unseen": report}
    return Bundle(Path("some/model"), Manifest("0.0.1", Config(), "IOB2", 6, 5, 1.0, data, scores, list(history)))


FIVE = (
    ("Anna Weber met Lund .", "B-PER I-PER O B-PER O", "B-PER I-PER O B-LOC O"),  # right, other type
    ("the Port of Bonn", "O B-ORG I-ORG I-ORG", "B-ORG I-ORG I-ORG I-ORG"),  # other bounds
    ("Ulm sues Bonn", "B-LOC O B-ORG", "O O B-ORG"),  # missed, right
    ("in May Bonn won", "O O B-ORG O", "O B-PER O O"),  # spurious, missed
    ("Port of Ulm", "B-ORG I-ORG I-ORG", "O O B-LOC"),  # type and bounds
)
