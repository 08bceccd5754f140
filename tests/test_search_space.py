"""A space of options: the values it has, the values it gives to a configuration, and its text."""

import tomllib
from dataclasses import fields

import pytest
from config_strategies import values_of as strategy_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import (
    CharacterConfig,
    Config,
    EncoderConfig,
    LanguageModelConfig,
    TagConfig,
    TrainingConfig,
    WordConfig,
)
from tagger.search_space import (
    DEFAULT_SPACE,
    Choices,
    Range,
    checked_value,
    searchable,
    space_from_json,
    space_json,
    space_toml,
    value_text,
    values_of,
    with_values,
)

SECTIONS = {
    "words": WordConfig,
    "characters": CharacterConfig,
    "encoder": EncoderConfig,
    "tags": TagConfig,
    "language_model": LanguageModelConfig,
    "training": TrainingConfig,
}


def test_all_that_shapes_a_model_can_be_searched_but_the_seed():
    names = [item.name for kind in SECTIONS.values() for item in fields(kind)]
    assert [*searchable()] == [name for name in names if name != "seed"]


def test_the_options_of_a_configuration_by_name():
    config = Config(WordConfig(lowercase=False), training=TrainingConfig(epochs=3))
    values = values_of(config)
    assert (values["lowercase"], values["epochs"], values["units"]) == (False, 3, EncoderConfig().units)
    assert len(values) == len(searchable()) + 1


@settings(deadline=None)
@given(st.data())
def test_values_are_set_and_nothing_else_is(data):
    items = data.draw(st.lists(st.sampled_from([*searchable().values()]), unique_by=lambda item: item.name))
    values = {item.name: data.draw(strategy_of(item.type, item.metadata), label=item.name) for item in items}
    base = Config(WordConfig(singleton_rate=0.125), training=TrainingConfig(seed=5))
    assert values_of(with_values(base, values)) == values_of(base) | values


def test_a_value_is_kept_as_its_option_has_it():
    assert (type(checked_value("learning_rate", 1)), type(checked_value("units", 1))) == (float, int)
    assert checked_value("embedding_size", 50) == 50


def test_the_default_space_holds_the_default_options():
    defaults = values_of(Config())
    assert {name: defaults[name] in domain for name, domain in DEFAULT_SPACE.items()} == dict.fromkeys(
        DEFAULT_SPACE, True
    )


def test_every_value_of_the_default_space_is_one_of_its_option():
    for name, domain in DEFAULT_SPACE.items():
        ends = domain.values if isinstance(domain, Choices) else (domain.low, domain.high)
        assert [checked_value(name, value) for value in ends] == [*ends]


@pytest.mark.parametrize(
    ("domain", "inside", "outside"),
    [
        (Range(0.1, 0.6), [0.1, 0.25, 0.6], [0.0999, 0.61, "0.3", None]),
        (Range(0.1, 0.6, step=0.1), [0.1, 0.3, 0.4, 0.6], [0.35, 0.15, 0.7, 0.0]),
        (Range(8, 64, step=8), [8, 16, 64], [12, 72, 0]),
        (Range(1, 1000, log=True), [1, 7, 1000], [0, 1001]),
        (Choices((64, 128)), [64, 128], [96, "64", None]),
        (Choices(("adam", "nadam")), ["adam"], ["sgd", 1]),
    ],
)
def test_what_is_in_a_domain(domain, inside, outside):
    assert [value for value in inside if value not in domain] == []
    assert [value for value in outside if value in domain] == []


SPACE = {
    "learning_rate": Range(0.001, 0.01, log=True),
    "input_dropout": Range(0.0, 0.6, step=0.1),
    "layers": Range(1, 3),
    "lm_samples": Range(1, 4096, log=True),
    "lowercase": Choices((True, False)),
    "optimizer": Choices(("adam", "nadam")),
}
TEXT = """\
[learning_rate]
low = 0.001
high = 0.01
log = true

[input_dropout]
low = 0.0
high = 0.6
step = 0.1

[layers]
low = 1
high = 3

[lm_samples]
low = 1
high = 4096
log = true

[lowercase]
choices = [true, false]

[optimizer]
choices = ["adam", "nadam"]
"""


def test_a_space_is_written_as_a_person_would():
    assert space_toml(SPACE) == TEXT


def test_its_text_is_toml_of_its_plain_values():
    assert tomllib.loads(TEXT) == space_json(SPACE)


def test_plain_values_are_a_space_again():
    back = space_from_json(space_json(SPACE))
    assert back == SPACE
    assert [type(domain.low) for domain in back.values() if isinstance(domain, Range)] == [float, float, int, int]


def test_values_are_short_for_a_person():
    assert [*map(value_text, (0.00412345, 0.1 + 0.2, 128, True, "adam"))] == ["0.004123", "0.3", "128", "true", "adam"]
