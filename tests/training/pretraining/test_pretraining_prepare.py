"""What pretraining begins with."""

import pytest

from tagger.config import ColumnFormat, EncoderConfig, LanguageConfig, PretrainingConfig, TextFormat, WordConfig
from tagger.documents.sentences import find_raw_text
from tagger.training.pretraining.prepare import prepare_text
from tagger.training.pretraining.request import PretrainRequest

SMALL = LanguageConfig(
    pretraining=PretrainingConfig(least_count=3), words=WordConfig(embedding_size=4), encoder=EncoderConfig(units=3)
)


def prepared(path, dev=None):
    texts = [find_raw_text([file], TextFormat(), ColumnFormat(), tokenized=True) if file else None
             for file in (path, dev)]  # fmt: skip
    return prepare_text(PretrainRequest(texts[0], path.with_name("model"), texts[1], config=SMALL))


@pytest.fixture
def text(tmp_path):
    """Forty sentences, each with a word of its own three times, and one of 450 words at the end."""
    path = tmp_path / "text.txt"
    own = [" ".join([f"{chr(97 + place % 26)}{chr(97 + place // 26)}x"] * 3) for place in range(40)]
    path.write_text("\n".join([*own, "long " * 450]) + "\n", encoding="utf-8")
    return path


def test_words_of_the_held_out_part_have_no_row(text):
    """Every twentieth sentence from the first on is held out."""
    lines = text.read_text(encoding="utf-8").split("\n")
    words = set(prepared(text).vocabulary.words)
    held = {lines[place].split()[0] for place in (0, 20)}
    others = {line.split()[0] for line in lines[:-1]} - held
    assert not held & words
    assert others <= words


def test_with_a_text_to_measure_by_nothing_is_held_out(text):
    lines = text.read_text(encoding="utf-8").split("\n")
    dev = text.with_name("dev.txt")
    dev.write_text("neverseen neverseen neverseen\nlong\n", encoding="utf-8")
    words = set(prepared(text, dev).vocabulary.words)
    assert {line.split()[0] for line in lines[:-1]} <= words
    assert "neverseen" not in words


def test_a_pass_has_as_many_steps_as_it_gives_batches(text):
    """The long sentence comes in three pieces, of which the first, the 41st sentence, is held out."""
    found = prepared(text)
    assert found.sentences == 40 - 2 + 2
    assert found.text.steps == len(list(found.text.one_pass(1))) == 2
