"""Unlabelled text pass after pass: each sentence once, in an order that can be had again, in little memory."""

import subprocess
import sys
from collections import Counter
from itertools import chain, count, islice
from pathlib import Path

import pytest

from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import RawText, find_raw_text
from tagger.errors import DataError
from tagger.training import unlabelled
from tagger.training.unlabelled import UnlabelledText

TEXT = [tuple(f"{number}.{place}" for place in range(number % 7 + 1)) for number in range(500)]


def raw_of(place, sentences, name="text.txt"):
    path = place / name
    path.write_text("".join(" ".join(sentence) + "\n" for sentence in sentences), encoding="utf-8")
    return find_raw_text([path], TextFormat(), ColumnFormat(), tokenized=True)


@pytest.fixture
def raw(tmp_path, monkeypatch) -> RawText:
    """Five hundred sentences, shuffled in blocks of a hundred."""
    monkeypatch.setattr(unlabelled, "BLOCK", 100)
    return raw_of(tmp_path, TEXT)


def test_every_twentieth_sentence_is_held_out_and_each_other_one_is_in_a_pass_once(raw):
    text = UnlabelledText(raw, 3)
    assert text.held_out() == TEXT[::20]
    for number in (0, 1, 7):
        assert Counter([*text.one_pass(number), *TEXT[::20]]) == Counter(TEXT)
    assert text.held_out() == TEXT[::20]


def test_without_a_part_held_out_all_are_learned_from(raw, tmp_path):
    text = UnlabelledText(raw, 3, hold_out=False)
    assert text.held_out() == []
    assert Counter(text.one_pass(0)) == Counter(TEXT)
    assert list(UnlabelledText(raw_of(tmp_path, [("a", "b")]), 3, hold_out=False).one_pass(0)) == [("a", "b")]


def test_so_many_tokens_are_held_out_and_no_more(tmp_path):
    sentences = [(f"{number}", *"bcde") for number in range(60_000)]
    text = UnlabelledText(raw_of(tmp_path, sentences), 1)
    assert text.held_out() == sentences[: 20 * 2000 : 20]
    left = Counter(sentences)
    left.subtract(text.held_out())
    assert Counter(text.one_pass(0)) == +left


def test_sentences_are_shuffled_within_their_blocks(raw):
    learned = [sentence for place, sentence in enumerate(TEXT) if place % 20]
    found = list(UnlabelledText(raw, 3).one_pass(0))
    for start in range(0, len(learned), 100):
        block = learned[start : start + 100]
        assert found[start : start + 100] != block
        assert sorted(found[start : start + 100]) == sorted(block)
    orders = [[learned[start:].index(one) for one in found[start : start + 100]] for start in range(0, 400, 100)]
    assert len(set(map(tuple, orders))) == 4, "each block has an order of its own"


def test_the_order_follows_from_the_seed_and_the_pass_alone(raw):
    text = UnlabelledText(raw, 3)
    first, second = list(text.one_pass(0)), list(text.one_pass(1))
    assert first != second
    assert list(UnlabelledText(raw, 3).one_pass(1)) == second
    assert list(text.one_pass(0)) == first
    assert list(UnlabelledText(raw, 4).one_pass(0)) != first
    assert UnlabelledText(raw, 4).held_out() == text.held_out()


def test_a_block_has_its_order_whatever_comes_after_it(tmp_path, monkeypatch):
    monkeypatch.setattr(unlabelled, "BLOCK", 100)
    short, long = (UnlabelledText(raw_of(tmp_path, TEXT[:size], f"{size}.txt"), 3) for size in (400, 500))
    assert list(islice(short.one_pass(2), 300)) == list(islice(long.one_pass(2), 300))


@pytest.mark.parametrize("size", [1, 7, 475, 600, 1000])
def test_batches_are_full_and_go_through_pass_after_pass(raw, size):
    text = UnlabelledText(raw, 3)
    found = list(islice(text.batches(size), 3000 // size))
    assert {len(batch) for batch in found} == {size}
    passes = chain.from_iterable(text.one_pass(number) for number in count())
    assert list(chain.from_iterable(found)) == list(islice(passes, 3000 // size * size))


@pytest.mark.parametrize("first", [0, 1, 94, 95, 96, 189, 190, 191, 285, 1000])
def test_batches_go_on_from_any_one(raw, first):
    text = UnlabelledText(raw, 3)
    expected = list(islice(text.batches(5), first, first + 200))
    assert list(islice(text.batches(5, first), 200)) == expected


def test_few_passes_are_read_to_go_on_from_a_far_batch(raw, monkeypatch):
    passes = []
    read = unlabelled.read_sentences

    def recorded(raw):
        passes.append(raw)
        return read(raw)

    monkeypatch.setattr(unlabelled, "read_sentences", recorded)
    next(UnlabelledText(raw, 3).batches(5, first=100_000))
    assert len(passes) == 2


def test_a_long_sentence_is_given_in_pieces(tmp_path):
    words = [f"{number}" for number in range(450)]
    text = UnlabelledText(raw_of(tmp_path, [("first",), words[:200], words[:201], words]), 1)
    pieces = [words[:200], words[:200], words[200:201], words[:200], words[200:400], words[400:]]
    assert text.held_out() == [("first",)]
    assert Counter(text.one_pass(0)) == Counter(map(tuple, pieces))


@pytest.mark.parametrize(
    ("sentences", "hold_out", "message"),
    [
        ([], True, "text.txt: found no sentence$"),
        ([], False, "text.txt: found no sentence$"),
        ([("a", "b")], True, "text.txt: found one sentence, expected at least two"),
    ],
)
def test_a_text_with_nothing_to_learn_from_is_an_error(tmp_path, sentences, hold_out, message):
    text = UnlabelledText(raw_of(tmp_path, sentences), 1, hold_out=hold_out)
    reads = [lambda: list(text.one_pass(0)), lambda: next(text.batches(2)), lambda: next(text.batches(2, 3))]
    for read in [*reads, *([text.held_out] if hold_out else [])]:
        with pytest.raises(DataError, match=message):
            read()


def test_an_error_of_several_files_names_the_first(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).touch()
    raw = find_raw_text([tmp_path], TextFormat(), ColumnFormat(), tokenized=False)
    with pytest.raises(DataError, match=r"a\.txt and 2 more: found no sentence$"):
        UnlabelledText(raw, 1).held_out()


def test_two_sentences_are_enough(tmp_path):
    text = UnlabelledText(raw_of(tmp_path, [("a",), ("b",)]), 1)
    assert text.held_out() == [("a",)]
    assert next(text.batches(3)) == [("b",)] * 3


MEASURE = """
import resource, sys
from pathlib import Path
from tagger.config import ColumnFormat, TextFormat
from tagger.documents.sentences import find_raw_text
from tagger.training.unlabelled import UnlabelledText

def mebibytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

raw = find_raw_text([Path(sys.argv[1])], TextFormat(), ColumnFormat(), tokenized=False)
before = mebibytes()
sentences = sum(1 for _ in UnlabelledText(raw, 1).one_pass(0))
print(sentences, mebibytes() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the unit of ru_maxrss is another")
def test_a_pass_over_a_large_text_takes_little_memory(tmp_path):
    path = Path(tmp_path / "large.txt")
    with path.open("w", encoding="utf-8") as stream:
        for number in range(500_000):
            stream.write(f"The clerk of office {number % 5000} wrote {number} letters to the king.\n")
    assert path.stat().st_size > 27 * 2**20
    ran = subprocess.run([sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True)
    sentences, more = map(float, ran.stdout.split())
    assert 495_000 <= sentences <= 500_000
    assert more < 20
