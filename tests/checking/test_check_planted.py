"""Errors of each kind, planted in clean files: each is found at its very line, and nothing else is."""

import pytest
from planted import DEV, TRAIN, WIDTH, found_in, lines, sentence, write

from tagger.checking.findings import Kind

SIXTH = 5 * WIDTH  # the place of the sixth sentence's first line
FIRST, SURNAME, CITY, TOWN, STOP = (SIXTH + place for place in (0, 1, 4, 6, 7))
TRAIN_END, DEV_END = len(TRAIN) * WIDTH, len(DEV) * WIDTH


def at(place, kind, name="train.conll"):
    return name, place + 1, kind


def change(place, old, new):
    def plant(train, dev):
        assert old in train[place]
        train[place] = train[place].replace(old, new)

    return plant


def unreadable(train, dev):
    train[CITY], train[TOWN], dev[STOP] = "Galway", "Town5\tLOC", b"caf\xe9\tO"


def conflict(train, dev):
    train += [*sentence(5)[:6], "Town5\tO", ".\tO", ""]


def conflict_of_files(train, dev):
    dev += ["Ana5\tB-PER", "Okafor\tO", *sentence(5)[2:], ""]


def rare_type(train, dev):
    train[TOWN] = "Town5\tB-EVENT"


def unknown_type(train, dev):
    dev[TOWN] = "Town205\tB-GPE"


def new_name_of_a_type(train, dev):
    train[TOWN] = "Town5\tB-Location"


def duplicate(train, dev):
    train += [*sentence(5), ""]


def shared_sentence(train, dev):
    dev += [*sentence(5), ""]


def long_sentence(train, dev):
    train += [*(f"word{number}\tO" for number in range(200)), ""]


def drift(train, dev):
    dev[:] = [line.replace("B-PER", "O").replace("I-PER", "O") for line in dev]


def many_more_entities(train, dev):
    dev[:] = [line for number in DEV for line in (f"Ana{number}\tB-PER", f"Town{number}\tB-LOC", ".\tO", "")]


def other_scheme(train, dev):
    dev[:] = [line.replace("B-", "I-") for line in dev]


def of_an_unclosed_bracket(train, dev):
    train[TOWN], train[STOP] = "Town5\tB-LOC", ")\tI-LOC"


PLANTS = {
    "unreadable": (
        unreadable,
        [at(CITY, "unreadable"), at(TOWN, "unreadable"), at(STOP, "unreadable", "dev.conll")],
    ),
    "a stray inside tag": (change(FIRST, "B-PER", "I-PER"), [at(FIRST, "scheme")]),
    "an inside tag of another type": (change(SURNAME, "I-PER", "I-LOC"), [at(SURNAME, "scheme")]),
    "a letter of another scheme": (change(SURNAME, "I-PER", "E-PER"), [at(SURNAME, "scheme")]),
    "the same sentence tagged otherwise": (conflict, [at(TRAIN_END + 6, "conflict")]),
    "the same in another file": (
        conflict_of_files,
        [
            at(DEV_END + 1, "conflict", "dev.conll"),
            at(DEV_END, "shared-sentence", "dev.conll"),
            at(DEV_END, "inconsistent", "dev.conll"),
        ],
    ),
    "a space": (change(FIRST, "Ana5", "Ana 5"), [at(FIRST, "space")]),
    "a no-break space": (change(TOWN, "Town5", "Town\u00a05"), [at(TOWN, "space")]),
    "a wide space": (change(TOWN, "Town5", "\u3000Town5"), [at(TOWN, "space")]),
    "a space without width": (change(TOWN, "Town5", "Town\u200b5"), [at(TOWN, "character")]),
    "a joiner of plain letters": (change(TOWN, "Town5", "To\u200dwn5"), [at(TOWN, "character")]),
    "a joiner of nothing": (change(TOWN, "Town5", "Town\u00f6\u200d"), [at(TOWN, "character")]),
    "a byte order mark": (change(TOWN, "Town5", "Town5\ufeff"), [at(TOWN, "character")]),
    "a control character": (change(TOWN, "Town5", "Town5\x07"), [at(TOWN, "character")]),
    "a lost character": (change(TOWN, "Town5", "T\ufffdwn5"), [at(TOWN, "character")]),
    "a decomposed letter": (change(TOWN, "Town5", "To\u0308wn5"), [at(TOWN, "normalisation")]),
    "a rare type": (rare_type, [at(TOWN, "rare-type")]),
    "a type that train does not know": (unknown_type, [at(TOWN, "unknown-type", "dev.conll")]),
    "a type by another name": (new_name_of_a_type, [at(TOWN, "similar-types"), at(TOWN, "rare-type")]),
    "a sentence twice": (duplicate, [at(TRAIN_END, "duplicate")]),
    "a sentence of train in dev": (shared_sentence, [at(DEV_END, "shared-sentence", "dev.conll")]),
    "a long sentence": (long_sentence, [at(TRAIN_END, "long-sentence")]),
    "a name left out": (change(CITY, "B-LOC", "O"), [at(CITY, "inconsistent")]),
    "a name of another type": (change(CITY, "B-LOC", "B-PER"), [at(CITY, "inconsistent")]),
    "a full stop in a name": (change(STOP, "O", "I-LOC"), [at(STOP, "punctuation")]),
    "a bracket before a name": (change(FIRST, "Ana5", "("), [at(FIRST, "punctuation")]),
    "a bracket that closes nothing": (of_an_unclosed_bracket, [at(STOP, "punctuation")]),
    "other shares of types, and fewer": (drift, [at(0, "drift", "dev.conll")] * 2),
    "denser entities": (many_more_entities, [at(0, "drift", "dev.conll")]),
    "another scheme": (other_scheme, [at(0, "other-scheme", "dev.conll")]),
}


def test_clean_files_give_nothing(tmp_path):
    assert found_in(write(tmp_path, lines(TRAIN), lines(DEV))) == []


@pytest.mark.parametrize("name", PLANTS)
def test_planted_errors_are_found_and_nothing_else(tmp_path, name):
    plant, expected = PLANTS[name]
    train, dev = lines(TRAIN), lines(DEV)
    plant(train, dev)
    assert found_in(write(tmp_path, train, dev)) == expected


def test_every_kind_that_needs_no_model_is_planted():
    planted = {kind for _, expected in PLANTS.values() for _, _, kind in expected}
    assert planted == {kind.value for kind in Kind} - {Kind.DISAGREEMENT, Kind.MEMORISED}


@pytest.mark.parametrize(
    "content",
    [
        "Ana B-PER\nrepairs O\n\U0001f469\u200d\U0001f527 O\n",  # a joined emoji
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 O\n",  # a Persian word with a non-joiner
        "\u2764\ufe0f O\n\U0001f1e9\U0001f1ea O\ncaf\u00e9 O\n",
    ],
)
def test_characters_that_belong_to_words_are_left_alone(tmp_path, content):
    (tmp_path / "a.conll").write_text(content, encoding="utf-8")
    assert {kind for _, _, kind in found_in([tmp_path / "a.conll"])} <= {"rare-type"}


@pytest.mark.parametrize("surface", ["Bank ( North )", "A & B", "100 %", "Yahoo!", "St. John"])
def test_marks_that_are_part_of_a_name_are_left_alone(tmp_path, surface):
    rows = [f"{token} {'I' if place else 'B'}-X" for place, token in enumerate(surface.split())]
    (tmp_path / "a.conll").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert [kind for _, _, kind in found_in([tmp_path / "a.conll"])] == ["rare-type"]


def test_a_file_without_a_sentence_is_broken(tmp_path):
    (tmp_path / "a.conll").write_text("\n\n-DOCSTART- O\n")
    assert found_in([tmp_path / "a.conll"]) == [("a.conll", 1, "unreadable")]


def test_a_sentence_with_a_line_that_cannot_be_read_is_left_out_of_the_rest(tmp_path):
    (tmp_path / "a.conll").write_text("Anna I-PER\nWeber\n\nHugo I-PER\nBerg B-PER\nlives O\n")
    assert found_in([tmp_path / "a.conll"], scheme="IOB2") == [
        ("a.conll", 2, "unreadable"),
        ("a.conll", 4, "scheme"),
        ("a.conll", 4, "rare-type"),
    ]
