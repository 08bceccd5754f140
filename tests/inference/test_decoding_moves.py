"""The decoder with learned scores of moves; without them, test_decoding.py."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legal_sequences import is_legal, legal_paths, no_moves, path_scores, random_moves

from tagger.features.labels import MoveScores
from tagger.inference.decoding import Decoder, bioes_labels

TWO_TYPES = bioes_labels(("X", "y-Z"))
ONE_TYPE = bioes_labels(("X",))


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10_000), st.sampled_from([ONE_TYPE, TWO_TYPES]), st.integers(1, 4), st.sampled_from([0.1, 3.0]))
def test_the_best_sequence_is_the_first_of_all_tried(seed, labels, length, spread):
    scores = np.random.default_rng(seed).normal(size=(length, len(labels))).astype(np.float32)
    moves, paths = random_moves(len(labels), seed, spread), legal_paths(labels, length)
    (found,) = Decoder(labels, moves).decode(scores[None], np.array([length]))
    assert found.tolist() == paths[path_scores(scores, paths, moves).argmax()].tolist()


def test_labels_that_are_best_alone_and_legal_are_not_the_answer_where_moves_say_otherwise():
    scores = np.array([[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]], np.float32)  # O O
    moves = no_moves(5)
    moves.transitions[1, 3] = 3.0  # B E
    (found,) = Decoder(ONE_TYPE, moves).decode(scores[None], np.array([2]))
    assert [ONE_TYPE[place] for place in found] == ["B-X", "E-X"]


@pytest.mark.parametrize(("part", "label"), [("starts", "B-X"), ("ends", "E-X")])
def test_starts_and_ends_count_once(part, label):
    scores = np.array([[1, 0, 0, 0, 0]] * 3, np.float32)
    moves = no_moves(5)
    getattr(moves, part)[ONE_TYPE.index(label)] = 2.5
    (found,) = Decoder(ONE_TYPE, moves).decode(scores[None], np.array([3]))
    tags = [ONE_TYPE[place] for place in found]
    assert tags == (["B-X", "E-X", "O"] if part == "starts" else ["O", "B-X", "E-X"])


def test_forbidden_moves_stay_forbidden_whatever_was_learned():
    moves = MoveScores(np.full((5, 5), 50.0), np.full(5, 50.0), np.full(5, 50.0))
    moves.transitions[[0, 4], [0, 4]] = -50.0
    scores = np.zeros((1, 6, 5), np.float32)
    scores[:, :, 2] = 9.0
    (found,) = Decoder(ONE_TYPE, moves).decode(scores, np.array([6]))
    assert is_legal([ONE_TYPE[place] for place in found])


def test_scores_of_zero_decode_as_none_do():
    generator = np.random.default_rng(0)
    scores, lengths = generator.normal(size=(30, 8, 9)).astype(np.float32), generator.integers(0, 9, 30)
    without = Decoder(TWO_TYPES).decode(scores, lengths)
    zeros = Decoder(TWO_TYPES, no_moves(9)).decode(scores, lengths)
    assert [path.tolist() for path in zeros] == [path.tolist() for path in without]


@pytest.mark.parametrize("shape", [(0, 3, 5), (2, 0, 5)])
def test_nothing_to_decode_is_no_trouble(shape):
    lengths = np.zeros(shape[0], np.int32)
    paths = Decoder(ONE_TYPE, random_moves(5)).decode(np.zeros(shape, np.float32), lengths)
    assert [path.tolist() for path in paths] == [[]] * shape[0]


def test_a_batch_is_decoded_as_its_sentences_alone_whatever_the_padding_holds():
    generator, lengths = np.random.default_rng(0), np.array([5, 0, 2, 7, 1])
    scores = generator.normal(size=(5, 8, 9)).astype(np.float32)
    decoder = Decoder(TWO_TYPES, random_moves(9, spread=2.0))
    alone = [decoder.decode(scores[[row], :length], lengths[[row]])[0].tolist() for row, length in enumerate(lengths)]
    for row, length in enumerate(lengths):
        scores[row, length:] = generator.choice([np.nan, np.inf, 1e9], size=(8 - length, 1))
    assert [path.tolist() for path in decoder.decode(scores, lengths)] == alone
