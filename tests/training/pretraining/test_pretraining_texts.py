"""Text as a language model learns from it: all of it but what is held out, and that never."""

from collections import Counter

import numpy as np
import pytest
from language_networks import language_config

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.features.vocabulary import END, SPECIALS, Vocabulary
from tagger.training.pretraining import texts
from tagger.training.pretraining.texts import SentenceText, StreamText, character_stream, word_stream
from tagger.training.unlabelled import UnlabelledText

A, B, C, UNKNOWN = 4, 5, 6, 1
DISTINCT = 203  # words of a text in which each stands once


@pytest.fixture
def raw_of(tmp_path):
    def raw_of(content, name="raw.txt"):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        return find_raw_text([path], TextFormat(), ColumnFormat(), tokenized=True)

    return raw_of


def vocabulary_of(*words):
    rows = len(SPECIALS) + len(words)
    return Vocabulary((*SPECIALS, *words), rows, rows, lowercase=True, fold_digits=True)


LETTERS = [chr(ord("a") + place // 26) + chr(ord("a") + place % 26) for place in range(DISTINCT)]


@pytest.fixture
def distinct(raw_of):
    """A text of one long sentence, and its vocabulary; row by row the text stands in it."""
    return raw_of(" ".join(LETTERS)), vocabulary_of(*LETTERS)


def stream_of(distinct, dev=None, held=20, ids=DISTINCT + 1, streams=2, **options):
    config = language_config(stream=True, batch_size=streams, window=5, **options)
    return StreamText(*distinct, config, ids=ids, held=held, dev=dev)


def seen_in(windows):
    """All ids that are read or predicted."""
    return {int(one) for window in windows for ids in (*window.onward, *window.reverse) for one in ids.ravel()}


@pytest.mark.parametrize("group", [1, 2, 4096])
def test_a_stream_of_words_has_an_end_after_each_sentence(raw_of, monkeypatch, group):
    monkeypatch.setattr(texts, "_GROUP", group)
    ids = word_stream(raw_of("a B c\n\nc\nwhat a\n"), vocabulary_of("a", "b", "c"))
    assert np.concatenate(list(ids)).tolist() == [A, B, C, END, C, END, UNKNOWN, A, END]


def test_a_stream_of_characters_is_the_text_as_it_stands(raw_of):
    rows = len(SPECIALS) + 3
    vocabulary = Vocabulary((*SPECIALS, "a", "\n", "A"), rows, rows, lowercase=False, fold_digits=False)
    ids = character_stream(raw_of("aA\n\nz a"), vocabulary)
    assert np.concatenate(list(ids)).tolist() == [4, 6, 5, 5, UNKNOWN, UNKNOWN, 4]


def test_what_is_held_out_of_a_stream_is_never_learned_from_and_all_else_is(distinct):
    text = stream_of(distinct)
    held = seen_in(text.held_out())
    assert held == {END, *range(len(SPECIALS), len(SPECIALS) + 20)}
    learned = [seen_in(text.one_pass(number)) for number in range(1, 40)]
    everything = set(range(len(SPECIALS), len(SPECIALS) + DISTINCT)) | {END}
    assert set.union(*learned) == everything - held | {END}
    assert all(len(everything - held - ids) < 5 + 2 for ids in learned)  # a shift, and what no stream has


def test_with_another_text_to_measure_by_all_of_a_stream_is_learned_from(distinct, raw_of):
    text = stream_of(distinct, dev=raw_of("ab ad\nac\n", "dev.txt"), held=0)
    read, following = next(text.held_out()).onward
    rows = [len(SPECIALS) + LETTERS.index(word) for word in ("ab", "ad", "ac")]
    assert read.tolist() == [[END, *rows[:2], END, rows[2]]]
    assert following.tolist() == [[*rows[:2], END, rows[2], END]]
    learned = set.union(*(seen_in(text.one_pass(number)) for number in range(1, 40)))
    assert learned == set(range(len(SPECIALS), len(SPECIALS) + DISTINCT)) | {END}


@pytest.mark.parametrize(("held", "streams"), [(20, 1), (20, 2), (0, 7)])
def test_the_steps_of_a_pass_are_about_as_many_as_was_said(distinct, raw_of, held, streams):
    text = stream_of(distinct, dev=None if held else raw_of("a b", "dev.txt"), held=held, streams=streams)
    assert all(abs(len(list(text.one_pass(number))) - text.steps) <= 1 + 5 // streams for number in range(1, 9))
    assert abs(text.steps - (DISTINCT + 1 - held) / (5 * streams)) < 1


def test_a_pass_is_the_same_again_and_other_passes_are_cut_at_other_places(distinct):
    text = stream_of(distinct)
    firsts = [int(next(text.one_pass(number)).onward[0][0, 0]) for number in range(1, 40)]
    assert firsts == [int(next(text.one_pass(number)).onward[0][0, 0]) for number in range(1, 40)]
    assert {*firsts} == set(range(24, 29))


@pytest.mark.parametrize("ids", range(4, 12))
def test_of_a_short_stream_something_is_left_in_every_pass(raw_of, ids):
    rows = distinct_short = LETTERS[: ids - 1]
    text = stream_of((raw_of(" ".join(rows)), vocabulary_of(*distinct_short)), held=2, ids=ids)
    assert all(list(text.one_pass(number)) for number in range(1, 20))


def test_longer_streams_begin_anew_at_each_chunk(distinct, monkeypatch):
    monkeypatch.setattr(texts, "CHUNK", 50)
    windows = list(stream_of(distinct).one_pass(1))
    assert sum(window.begins for window in windows) == 4


@pytest.fixture
def sentences(raw_of):
    """Fifty sentences, of one to three words each, and their vocabulary."""
    lines = [LETTERS[place : place + 1 + place % 3] for place in range(50)]
    return raw_of("\n".join(map(" ".join, lines))), vocabulary_of(*LETTERS), [tuple(line) for line in lines]


def text_of(sentences, *, hold_out=True, measured=None, batch_size=8):
    raw, vocabulary, lines = sentences
    text = UnlabelledText(raw, 1, hold_out=hold_out)
    measured = text.held_out() if hold_out else measured
    return SentenceText(text, len(lines) - len(measured) * hold_out, vocabulary, None, batch_size=batch_size,
                        measured=measured)  # fmt: skip


def words_in(batches):
    rows = (row for batch in batches for row in zip(batch.word_ids, batch.lengths, strict=True))
    return Counter(tuple(LETTERS[one - len(SPECIALS)] for one in ids[:length]) for ids, length in rows)


def test_every_sentence_but_those_held_out_is_learned_from_once_a_pass(sentences):
    text = text_of(sentences)
    held, lines = words_in(text.held_out()), Counter(sentences[2])
    assert sorted(held) == [("aa",), ("au", "av", "aw"), ("bo", "bp")]  # every twentieth, by its place
    for number in (1, 2):
        batches = list(text.one_pass(number))
        assert words_in(batches) == lines - held
        assert len(batches) == text.steps == 6
        assert [len(batch.lengths) for batch in batches] == [8] * 5 + [7]
    assert [words_in([batch]) for batch in text.one_pass(1)] == [words_in([batch]) for batch in text.one_pass(1)]
    assert [words_in([batch]) for batch in text.one_pass(1)] != [words_in([batch]) for batch in text.one_pass(2)]


def test_with_other_sentences_to_measure_by_every_one_is_learned_from(sentences):
    text = text_of(sentences, hold_out=False, measured=[("ab", "zz")])
    assert words_in(text.one_pass(1)) == Counter(sentences[2])
    (batch,) = text.held_out()
    assert batch.word_ids.tolist() == [[5, UNKNOWN]]
    assert text.steps == len(list(text.one_pass(1))) == 7


def test_one_sentence_that_is_given_in_pieces_is_at_least_a_step(raw_of):
    """Two pieces, of which one is held out, while a single sentence was counted."""
    raw = raw_of(" ".join(["aa"] * 300))
    text = text_of((raw, vocabulary_of(*LETTERS), [("aa",)]))
    assert text.steps == len(list(text.one_pass(1))) == 1
