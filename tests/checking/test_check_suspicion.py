"""Confident learning against a sum by hand and the words of the paper; a model against planted errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import read

from tagger.checking.confident_learning import confident_classes, thresholds
from tagger.checking.suspicion import suspicions, was_seen

LABELS = ("O", "B-LOC", "I-LOC", "E-LOC", "S-LOC", "B-PER", "I-PER", "E-PER", "S-PER")


class Knowing:
    """A model that is sure of the types of words it knows, and of nothing else."""

    labels = LABELS

    def __init__(self, types, sure=0.9):
        self._types, self._sure = types, sure

    def marginals(self, sentences):
        return [np.array([self._row(token) for token in tokens]).reshape(-1, len(LABELS)) for tokens in sentences]

    def _row(self, token):
        """The probability of a type is spread over its labels; other labels share the rest."""
        types = np.array([label.partition("-")[2] or "O" for label in LABELS])
        if token not in self._types:
            return np.where(types == "O", 1 / 3, 1 / 12)
        type_, sure = self._types[token] if isinstance(self._types[token], tuple) else (self._types[token], self._sure)
        return np.where(types == type_, sure / (types == type_).sum(), (1 - sure) / (types != type_).sum())


def test_thresholds_and_classes_by_hand():
    probabilities = np.array([[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.2, 0.8, 0.0], [0.85, 0.15, 0.0], [0.4, 0.35, 0.25]])
    given_classes = np.array([0, 0, 1, 1, 0])
    assert thresholds(probabilities, given_classes).tolist() == pytest.approx([0.7, 0.475, np.inf])
    assert confident_classes(probabilities, given_classes).tolist() == [0, 0, 1, 0, -1]


def test_who_is_nearly_certain_is_sure_even_if_not_as_certain_as_of_others():
    """The third is 0.995 of class 0, where its average is 1."""
    probabilities = np.array([[1.0, 0.0], [1.0, 0.0], [0.995, 0.005], [0.1, 0.9]])
    assert confident_classes(probabilities, np.array([0, 0, 1, 1])).tolist() == [0, 0, 0, 1]


@given(st.integers(0, 500), st.integers(2, 5))
def test_classes_are_those_of_the_definition(seed, classes):
    """C[i][j] counts x in X_i for which j = argmax of p_l(x) over the l with p_l(x) >= t_l."""
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.full(classes, 0.5), 30)
    labels = generator.integers(0, classes - 1, 30)  # the last class is never given
    limits = {
        label: min(0.99, np.mean([p[label] for p, own in zip(probabilities, labels, strict=True) if own == label]))
        for label in set(labels.tolist())
    }
    for row, found in zip(probabilities, confident_classes(probabilities, labels).tolist(), strict=True):
        sure = [label for label in limits if row[label] >= limits[label]]
        assert found == (max(sure, key=lambda label: row[label]) if sure else -1)


def test_what_a_sure_model_sees_otherwise_is_found_the_most_suspicious_first(tmp_path):
    """GPE is unknown to the model, and it knows nothing of odd."""
    content = (
        "Ada B-PER\nWeber I-PER\nleft O\n\nHugo B-LOC\nWeber I-LOC\nleft O\n\nTurin O\nleft O\n\nTurin B-LOC\n\n"
        "odd B-PER\n\nBari B-GPE\n\nHugo B-PER\n\n"
    )
    types = {"Ada": "PER", "Hugo": "PER", "Weber": "PER", "Turin": "LOC", "left": "O", "Bari": "LOC"}
    file = read(tmp_path, content)
    found = [*suspicions(file, Knowing(types), {})]
    places = [(finding.line, finding.kind.value, finding.message.split(";")[0]) for finding in found]
    assert (
        places
        == [
            (5, "disagreement", "'Hugo Weber' is LOC (0.080 to the model), the model is sure of PER (0.900)"),
            (9, "disagreement", "'Turin' is O (0.020 to the model), the model is sure of LOC (0.900)"),
        ][::-1]
    )


def test_of_two_ways_to_differ_next_to_each_other_two_findings_come(tmp_path):
    content = "Ada O\nTurin O\nleft O\nTurin O\n\nAda B-PER\nTurin B-LOC\n\n"
    found = [*suspicions(read(tmp_path, content), Knowing({"Ada": "PER", "Turin": "LOC", "left": "O"}), {})]
    assert sorted(finding.line for finding in found) == [1, 2, 4]


def test_a_model_that_agrees_finds_nothing(tmp_path):
    content = "Ada B-PER\nleft O\nTurin B-LOC\n\n" * 3
    assert [*suspicions(read(tmp_path, content), Knowing({"Ada": "PER", "Turin": "LOC", "left": "O"}), {})] == []


def test_where_the_annotation_is_the_likeliest_nothing_is_wrong_however_unsure_the_model(tmp_path):
    """Of Kim PER is as likely as 0.5, less than PER is on average; LOC 0.4, more than LOC is on average."""
    types = {"Ada": "PER", "Hugo": "PER", "Kim": ("PER", 0.5), "Rome": ("LOC", 0.35)}
    file = read(tmp_path, "Ada B-PER\n\nHugo B-PER\n\nKim B-PER\n\nRome B-LOC\n\n")
    assert [*suspicions(file, Knowing(types), {})] == []


@pytest.mark.parametrize(
    ("train", "dev", "held_out", "expected"),
    [
        ((2, 5, {"PER": 2, "LOC": 1}), (1, 1, {}), False, True),
        ((2, 5, {"PER": 3}), (1, 1, {}), False, False),
        ((1, 2, {"PER": 1}), (1, 3, {"PER": 1, "LOC": 1}), True, True),
        ((1, 2, {"PER": 1}), (1, 3, {"PER": 1, "LOC": 1}), False, False),
    ],
)
def test_a_file_that_the_model_was_trained_on_is_known_by_its_counts(tmp_path, train, dev, held_out, expected):
    file = read(tmp_path, "Ada B-PER\nleft O\n\nHugo B-PER\nleft O\nTurin B-LOC\n")
    names = "sentences", "tokens", "entities"
    data = {"train": dict(zip(names, train, strict=True)), "dev": dict(zip(names, dev, strict=True))}
    data["dev"]["held_out_of_train"] = held_out
    assert was_seen(file, data) is expected
    kinds = [finding.kind.value for finding in suspicions(file, Knowing({}), data)]
    assert kinds[:1] == (["memorised"] if expected else [])
