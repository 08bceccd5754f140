import re
from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tagger.inference.decoding import Decoder, bioes_labels

LABELS = bioes_labels(("X", "y-Z"))
ONE_TYPE = bioes_labels(("X",))
LEGAL = re.compile(r"(?:(?:O|S-\S+|B-(?P<type>\S+) (?:I-(?P=type) )*E-(?P=type)) )*")


def is_legal(tags):
    """What BIOES means: tokens outside, entities of one token, and runs of one type from B to E."""
    return LEGAL.fullmatch("".join(f"{tag} " for tag in tags)) is not None


@cache
def legal_paths(labels, length):
    """All legal sequences of a length, as places in `labels`, [paths, length]."""
    paths = product(range(len(labels)), repeat=length)
    return np.array([path for path in paths if is_legal([labels[place] for place in path])])


def total(scores, path):
    """The sum of a path's scores, from left to right."""
    return sum((float(score) for score in scores[range(len(path)), path]), 0.0)


def best_total(scores, labels):
    """The highest sum of any legal sequence, by trying them all."""
    paths = legal_paths(labels, len(scores))
    return scores.astype(np.float64)[range(len(scores)), paths].cumsum(axis=1)[:, -1].max()


def decode_one(scores, labels):
    (path,) = Decoder(labels).decode(scores[None], np.array([len(scores)]))
    return path.tolist()


def scores_of(*values, labels=(LABELS,)):
    """Scores of one short sentence, [T, K], with the labels they are for; float32 as the network gives them."""
    return st.sampled_from(labels).flatmap(
        lambda names: st.tuples(
            st.just(names),
            st.integers(1, 4 if names is LABELS else 6).flatmap(
                lambda length: arrays(np.float32, (length, len(names)), elements=st.sampled_from(values))
            ),
        )
    )


def test_the_labels_are_outside_and_four_of_each_type():
    assert bioes_labels(("X", "y-Z")) == ("O", *("B-X", "I-X", "E-X", "S-X"), *("B-y-Z", "I-y-Z", "E-y-Z", "S-y-Z"))
    assert bioes_labels(()) == ("O",)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("O S-X B-X E-X B-X I-X I-X E-X O", True),
        ("", True),
        ("B-X E-y-Z", False),
        ("B-X I-y-Z E-X", False),
        ("B-X", False),
        ("I-X E-X", False),
        ("E-X", False),
        ("B-X O", False),
        ("B-X S-X", False),
        ("B-X B-X E-X", False),
        ("S-X E-X", False),
        ("O I-X", False),
        ("B-X I-X", False),
    ],
)
def test_the_oracle_of_these_tests_knows_what_is_legal(tags, expected):
    assert is_legal(tags.split()) is expected


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_paths_are_legal_where_bioes_says_so_whatever_stands_beyond_their_ends(length):
    paths = np.array(list(product(range(len(LABELS)), repeat=3)))
    expected = [is_legal([LABELS[place] for place in path[:length]]) for path in paths]
    found = Decoder(LABELS).are_legal(paths, np.full(len(paths), length))
    np.testing.assert_array_equal(found, expected)


def test_paths_without_tokens_are_legal():
    assert Decoder(LABELS).are_legal(np.empty((2, 0), np.intp), np.zeros(2, np.intp)).all()


@settings(deadline=None, max_examples=300)
@given(scores_of(*range(-3, 4), labels=(LABELS, ONE_TYPE)))
def test_no_legal_sequence_scores_more_ties_included(case):
    labels, scores = case
    path = decode_one(scores, labels)
    assert is_legal([labels[place] for place in path])
    assert total(scores, path) == best_total(scores, labels)


def test_random_scores_are_decoded_to_the_one_best_sequence():
    generator = np.random.default_rng(0)
    for _ in range(200):
        scores = generator.standard_normal((generator.integers(1, 5), len(LABELS))).astype(np.float32)
        paths = legal_paths(LABELS, len(scores))
        sums = scores.astype(np.float64)[range(len(scores)), paths].sum(axis=1)
        assert decode_one(scores, LABELS) == paths[sums.argmax()].tolist()


@settings(deadline=None, max_examples=200)
@given(scores_of(0, 1, 2, -np.inf, 3e38, -3e38, 1e-30, labels=(LABELS, ONE_TYPE)))
def test_huge_and_impossible_scores_are_decoded_legally_and_best(case):
    labels, scores = case
    path = decode_one(scores, labels)
    assert is_legal([labels[place] for place in path])
    assert total(scores, path) == best_total(scores, labels)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_even_scores_of_a_broken_network_are_decoded_legally():
    scores = np.array([[0, np.inf, 0, 0, 0], [0, np.inf, 0, 0, 0]], np.float32)
    assert is_legal([ONE_TYPE[place] for place in decode_one(scores, ONE_TYPE)])


@pytest.mark.parametrize(
    ("best", "expected"), [("B-X", "S-X"), ("I-X", "S-X"), ("E-X", "S-X"), ("O", "O"), ("S-X", "S-X")]
)
def test_a_sentence_of_one_token_is_outside_or_single(best, expected):
    scores = np.array([[0, 0, 0, 0, 1]], np.float32)
    scores[0, ONE_TYPE.index(best)] += 3
    assert [ONE_TYPE[place] for place in decode_one(scores, ONE_TYPE)] == [expected]


def test_without_types_all_is_outside():
    assert decode_one(np.zeros((3, 1), np.float32), ("O",)) == [0, 0, 0]


@settings(deadline=None, max_examples=60)
@given(st.permutations(LABELS), st.integers(0, 1000))
def test_the_order_of_the_labels_does_not_matter(labels, seed):
    scores = np.random.default_rng(seed).standard_normal((5, len(LABELS)))
    reordered = scores[:, [LABELS.index(label) for label in labels]]
    assert [labels[place] for place in decode_one(reordered, labels)] == [
        LABELS[place] for place in decode_one(scores, LABELS)
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 7), min_size=1, max_size=8), st.integers(0, 1000))
def test_a_batch_is_decoded_as_its_sentences_alone_whatever_the_padding_holds(lengths, seed):
    generator = np.random.default_rng(seed)
    scores = generator.standard_normal((len(lengths), max(lengths), len(LABELS))).astype(np.float32)
    for row, length in zip(scores, lengths, strict=True):
        row[length:] = generator.choice([np.nan, np.inf, 1e9], size=(max(lengths) - length, 1))
    together = Decoder(LABELS).decode(scores, np.array(lengths, np.int32))
    alone = [decode_one(row[:length], LABELS) if length else [] for row, length in zip(scores, lengths, strict=True)]
    assert [path.tolist() for path in together] == alone


def test_an_empty_batch_has_no_paths():
    assert Decoder(LABELS).decode(np.zeros((0, 3, len(LABELS)), np.float32), np.zeros(0, np.int32)) == []


def test_small_differences_count_at_the_end_of_a_long_sentence():
    scores = np.full((3000, len(ONE_TYPE)), 1e4, np.float32)
    scores[0] += [0, 0, 2, 0, 1]  # I-X would be best, but cannot be first
    scores[1:, 0] += 0.125  # a float32 sum of this size moves in steps of 2
    assert decode_one(scores, ONE_TYPE) == [4] + [0] * 2999
