import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tagger.config import ColumnFormat
from tagger.errors import DataError
from tagger.training.data import describe, load_data

ENTITY, NONE = "in O\nRome S-LOC\n\n", "no O\nname O\nhere O\n\n"


@pytest.fixture
def write(tmp_path):
    def write_file(text, name="train.conll"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write_file


def numbered(count):
    return "".join(f"word{place} O\nRome B-LOC\nis I-LOC\n\n" for place in range(count))


def first_words(sentences):
    return [sentence.tokens[0] for sentence in sentences]


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(2, 60), seed=st.integers(0, 2**40))
def test_a_tenth_is_held_out_disjoint_and_in_order(write, count, seed):
    data = load_data(write(numbered(count)), None, ColumnFormat(), seed)
    assert data.dev_is_held_out
    assert len(data.dev) == max(1, count // 10)
    places = [[int(word.removeprefix("word")) for word in first_words(part)] for part in (data.train, data.dev)]
    assert [sorted(part) for part in places] == places
    assert sorted(places[0] + places[1]) == list(range(count))


def test_what_is_held_out_is_a_function_of_the_seed_and_not_a_block(write):
    path = write(numbered(100))
    chosen = [tuple(first_words(load_data(path, None, ColumnFormat(), seed).dev)) for seed in (1, 1, 2, 3, 4)]
    assert chosen[0] == chosen[1]
    assert len(set(chosen)) == 4
    places = sorted(int(word.removeprefix("word")) for word in chosen[0])
    assert places[-1] - places[0] > 9


def test_a_dev_file_leaves_train_whole_and_may_have_another_scheme(write):
    train, dev = write(numbered(20)), write("Anna B-PER\nLund E-PER\n\n", "dev.conll")
    data = load_data(train, dev, ColumnFormat(), 1)
    assert (len(data.train), len(data.dev), data.dev_is_held_out) == (20, 1, False)
    assert (data.scheme.name, data.dev_scheme.name) == ("IOB2", "BIOES")


def test_types_surfaces_and_counts_are_of_train_alone(write):
    train = write(
        "Rome B-LOC\nis O\nRome B-LOC\n\nPort B-ORG\nof I-ORG\nRome I-ORG\n\nAnna B-PER\nin O\nrome B-LOC\n\n"
    )
    data = load_data(train, write("Oslo B-CITY\n\n", "dev.conll"), ColumnFormat(), 1)
    assert data.types() == ["LOC", "ORG", "PER"]
    assert data.surfaces() == ["Anna", "Port of Rome", "Rome", "rome"]
    assert describe(data.train) == {"sentences": 3, "tokens": 9, "entities": {"LOC": 3, "ORG": 1, "PER": 1}}
    assert describe(data.dev) == {"sentences": 1, "tokens": 1, "entities": {"CITY": 1}}


def test_columns_are_read_as_asked(write):
    path = write("B-PER\tx\tAnna\nO\tx\tsleeps\n\n" * 2)
    data = load_data(path, None, ColumnFormat(word_column=3, tag_column=1, scheme="IOB1"), 1)
    assert data.surfaces() == ["Anna"]
    assert data.scheme.name == data.dev_scheme.name == "IOB1"


@pytest.mark.parametrize(
    ("train", "dev", "message"),
    [
        ("", None, "train.conll:1: found no sentence"),
        ("\n \n-DOCSTART- O\n", None, "train.conll:1: found no sentence"),
        (NONE * 9, None, "train.conll:1: found no entity, every tag is O"),
        (NONE * 9, ENTITY, "train.conll:1: found no entity, every tag is O"),
        (ENTITY, None, "train.conll:1: found entities in too few sentences to hold a tenth out"),
        (ENTITY + "Oslo\n", None, "train.conll:4: expected at least 2 columns, found 1: 'Oslo'"),
        (ENTITY, "Oslo LOC\n", "dev.conll:1: unknown form of tag 'LOC'"),
        (ENTITY, "\n", "dev.conll:1: found no sentence"),
        ("in B-X\nof M-X\nby L-X\n\n", ENTITY, "train.conll: found tags with the prefixes B, L, M"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_name(write, train, dev, message):
    train_path = write(train)
    dev_path = None if dev is None else write(dev, "dev.conll")
    with pytest.raises(DataError) as caught:
        load_data(train_path, dev_path, ColumnFormat(), 1)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_dev_file_without_an_entity_cannot_choose_an_epoch(write):
    with pytest.raises(DataError, match=r"dev\.conll:1: found no entity"):
        load_data(write(ENTITY), write(NONE, "dev.conll"), ColumnFormat(), 1)


@pytest.mark.parametrize("seed", range(10))
def test_both_parts_have_an_entity_however_few_there_are(write, seed):
    data = load_data(write(2 * ENTITY + 30 * NONE), None, ColumnFormat(), seed)
    assert len(data.dev) == 3
    for part in (data.train, data.dev):
        assert describe(part)["entities"] == {"LOC": 1}


def test_a_file_whose_only_entity_is_held_out_is_not_said_to_have_none(write):
    path, messages = write(ENTITY + NONE), []
    for seed in range(10):
        try:
            assert describe(load_data(path, None, ColumnFormat(), seed).train)["entities"] == {"LOC": 1}
        except DataError as error:
            messages.append(str(error))
    assert not [message for message in messages if "every tag is O" in message]
