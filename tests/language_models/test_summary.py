"""What `tagger show` says of a language model."""

import json

import pytest
from small_language_models import LETTERS, WORD_LIST, write_language_model

from tagger.commands.show import show
from tagger.language_models.bundle import LanguageBundle
from tagger.language_models.summary import summarise_language_model


@pytest.mark.parametrize("unit", ["word", "character"])
def test_json_says_what_it_reads_and_how_large_it_is(tmp_path, capsys, unit):
    model = write_language_model(tmp_path / "lm", unit=unit, layers=2, directions="forward")
    show(model, json=True)
    shown = json.loads(capsys.readouterr().out)
    assert shown == summarise_language_model(LanguageBundle.open(model))
    assert shown["unit"] == unit
    assert shown["stream"] == (unit == "character")
    assert shown["directions"] == ["forward"]
    assert shown["rows"] == 4 + len(WORD_LIST if unit == "word" else LETTERS)
    assert shown["bytes"] == {path.name: path.stat().st_size for path in sorted(model.iterdir())}


def test_text_says_the_same_for_a_person(tmp_path, capsys):
    show(write_language_model(tmp_path / "lm", unit="character"))
    text = capsys.readouterr().out
    assert "a language model of characters" in text
    assert "reads   one continuous text, forward and backward" in text
    assert "perplexity 9.50, 3.248 bits per character" in text  # the logarithm of 9.5 to base 2
    assert "network 1 x 5 units a direction; 16 rows, 14 classes" in text
