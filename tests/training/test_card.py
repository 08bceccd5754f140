import re
from pathlib import Path

import pytest
from builders import small_config

from tagger import Tagger
from tagger.inference.bundle import Manifest
from tagger.training.card import model_card


def score(precision, recall, f1, support):
    return {"precision": precision, "recall": recall, "f1": f1, "support": support}


def report(**types):
    return {"micro": score(0.5, 0.25, 1 / 3, 8), "types": types}


def card(types=("LOC", "PER"), train="news.conll", dev="held.conll", **data):
    strict = report(**dict.fromkeys(types, score(0.75, 0.6, 2 / 3, 5)))
    manifest = Manifest(
        tagger_version="9.8.7",
        config=small_config(seed=41),
        scheme="BIOES",
        train_rows=10,
        singleton_rows=7,
        temperature=1.0,
        data={
            "train": {"sentences": 12345, "tokens": 234567, "entities": dict.fromkeys(types, 1500)},
            "dev": {"sentences": 99, "tokens": 1000, "entities": {}, "held_out_of_train": dev is None},
        }
        | data,
        scores={"strict": strict, "default": report(), "unseen": {"micro": score(0.1, 0.2, 0.123456, 17), "types": {}}},
        history=[{}] * 12,
    )
    return model_card(manifest, Path("some/where") / train, dev and Path("else") / dev, best_epoch=7)


def row(*cells):
    return "| " + " | ".join(cells) + " |"


def test_the_card_says_what_the_model_was_made_of_and_how_good_it_is():
    lines = card().splitlines()
    assert row("train", "12,345", "234,567", "3,000") in lines
    assert row("dev", "99", "1,000", "0") in lines
    assert row("PER", "0.7500", "0.6000", "0.6667", "5") in lines
    assert row("**all**", "0.5000", "0.2500", "0.3333", "8") in lines
    text = " ".join(lines)
    for phrase in ("`LOC`, `PER`", "`tagger` 9.8.7", "`news.conll`", "scheme BIOES", "`held.conll`", "Seed 41"):
        assert phrase in text
    assert "after epoch 7 of 12" in text
    assert "F1 0.1235, support 17" in text


def test_the_card_tells_no_directory_of_the_one_who_trained():
    assert "some/where" not in card()
    assert "else" not in card()


def test_a_held_out_tenth_is_called_one():
    assert "a tenth of its sentences, held out" in card(dev=None)
    assert "held out" not in card()


def test_a_dev_without_an_entity_has_a_card_too():
    assert row("**all**", "0.5000", "0.2500", "0.3333", "8") in card(types=()).splitlines()


def tables(text):
    """The cells of each row of each table, by GitHub's rules: a pipe behind a backslash parts nothing."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return [[re.split(r"(?<!\\)\|", line)[1:-1] for line in block.splitlines()] for block in blocks]


def assert_whole(text):
    assert len(tables(text)) == 2
    for table in tables(text):
        assert len({len(cells) for cells in table}) == 1


@pytest.mark.parametrize("type_", ["creative-work", "{0}", "%s", "Ä"])
def test_any_type_has_its_row(type_):
    assert_whole(card(types=("LOC", type_)))
    assert type_ in [cells[0].strip() for cells in tables(card(types=("LOC", type_)))[1]]


def test_a_pipe_in_a_type_does_not_break_the_table():
    assert_whole(card(types=("LOC", "A|B")))


def test_the_python_on_a_models_card_runs(by_heart):
    model = by_heart[-1].output
    lines = (model / "README.md").read_text().splitlines()
    start = lines.index("    from tagger import Tagger")
    code = "\n".join(line[4:] for line in lines[start : start + 2]).replace('"MODEL"', repr(str(model)))
    found = []
    exec(code.replace("Tagger.load", "found += Tagger.load"), {"found": found})
    assert found == Tagger.load(model).tag([["Anna", "lives", "in", "Trieste", "."]])
    assert found[0].tags == ("B-PER", "O", "O", "B-LOC", "O")


def raw(*names, is_whole=True):
    return {"files": list(names), "is_whole": is_whole, "tokens": 1_234_567, "sentences": 9, "entities": {}}


def test_the_card_names_unlabelled_text_and_its_words():
    text = card(unlabelled=raw("a.txt", "b.txt"))
    section = text.split("## Data")[1].split("## ")[0]
    assert "unlabelled text: `a.txt`, `b.txt`, 1,234,567 words." in section
    assert "the training text, unlabelled text included, stand" in text
    assert "more than 1,234,567 words." in card(unlabelled=raw("a.txt", is_whole=False))


def test_of_many_files_the_card_names_ten():
    text = card(unlabelled=raw(*(f"{number}.txt" for number in range(1_234))))
    assert "`9.txt` and 1,224 other files," in text
    assert "`10.txt`" not in text


def test_without_unlabelled_text_the_card_does_not_speak_of_it():
    assert "unlabelled" not in card()
    assert "| dev | 99 | 1,000 | 0 |\n\n## Scores" in card()
