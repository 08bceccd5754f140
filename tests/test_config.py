"""Options: defaults, limits, and the texts that say what is wrong."""

import json
from dataclasses import FrozenInstanceError, fields
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagger.config import (
    CharacterConfig,
    ColumnFormat,
    Config,
    EncoderConfig,
    LanguageModelConfig,
    SchemeChoice,
    TagConfig,
    TrainingConfig,
    WordConfig,
)
from tagger.corpus.schemes import SCHEMES
from tagger.errors import ConfigError

CLASSES = (ColumnFormat, WordConfig, CharacterConfig, EncoderConfig, TagConfig, LanguageModelConfig, TrainingConfig)
NAN, INFINITY = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("config", "values", "text"),
    [
        (ColumnFormat, {"word_column": 0}, "--word-column: columns count from 1, or from the end with -1; found 0"),
        (ColumnFormat, {"tag_column": 0}, "--tag-column: columns count from 1, or from the end with -1; found 0"),
        (ColumnFormat, {"comment_prefix": ""}, "--comment-prefix: an empty prefix would make every line a comment"),
        (ColumnFormat, {"separator": "comma"}, "--separator: 'comma' is not one of auto, tab, whitespace"),
        (
            ColumnFormat,
            {"scheme": "iob2"},
            "--scheme: 'iob2' is not one of auto, IOB1, IOB2, BIOES, BILOU, BMES, BMEWO",
        ),
        (WordConfig, {"embedding_size": 0}, "--embedding-size: 0 is less than 1"),
        (WordConfig, {"embedding_size": 8193}, "--embedding-size: 8193 is more than 8192"),
        (WordConfig, {"singleton_rate": -0.1}, "--singleton-rate: -0.1 is less than 0.0"),
        (WordConfig, {"singleton_rate": 1.1}, "--singleton-rate: 1.1 is more than 1.0"),
        (WordConfig, {"singleton_rate": NAN}, "--singleton-rate: nan is not a value of type float"),
        (WordConfig, {"word_dropout": 1.0}, "--word-dropout: 1.0 is not below 1.0"),
        (CharacterConfig, {"characters": "gru"}, "--characters: 'gru' is not one of none, cnn, lstm"),
        (CharacterConfig, {"character_size": 0}, "--character-size: 0 is less than 1"),
        (CharacterConfig, {"character_features": 4097}, "--character-features: 4097 is more than 4096"),
        (CharacterConfig, {"character_width": 65}, "--character-width: 65 is more than 64"),
        (CharacterConfig, {"character_dropout": 1.0}, "--character-dropout: 1.0 is not below 1.0"),
        (TagConfig, {"head": "crfs"}, "--head: 'crfs' is not one of softmax, crf"),
        (EncoderConfig, {"units": 0}, "--units: 0 is less than 1"),
        (EncoderConfig, {"units": 8193}, "--units: 8193 is more than 8192"),
        (EncoderConfig, {"layers": -1}, "--layers: -1 is less than 1"),
        (EncoderConfig, {"layers": 33}, "--layers: 33 is more than 32"),
        (EncoderConfig, {"input_dropout": 1.0}, "--input-dropout: 1.0 is not below 1.0"),
        (EncoderConfig, {"output_dropout": 1.5}, "--output-dropout: 1.5 is not below 1.0"),
        (EncoderConfig, {"state_dropout": -0.5}, "--state-dropout: -0.5 is less than 0.0"),
        (EncoderConfig, {"state_dropout": NAN}, "--state-dropout: nan is not a value of type float"),
        (LanguageModelConfig, {"lm_weight": -1.0}, "--lm-weight: -1.0 is less than 0.0"),
        (LanguageModelConfig, {"lm_words": 0}, "--lm-words: 0 is less than 1"),
        (LanguageModelConfig, {"lm_samples": 0}, "--lm-samples: 0 is less than 1"),
        (LanguageModelConfig, {"lm_samples": 100_001}, "--lm-samples: 100001 is more than 100000"),
        (LanguageModelConfig, {"lm_softmax": ""}, "--lm-softmax: '' is not one of sampled, full"),
        (TrainingConfig, {"optimizer": "sgd"}, "--optimizer: 'sgd' is not one of nadam, adam"),
        (TrainingConfig, {"schedule": "step"}, "--schedule: 'step' is not one of constant, linear, cosine"),
        (TrainingConfig, {"learning_rate": -0.001}, "--learning-rate: -0.001 is less than 0.0"),
        (TrainingConfig, {"clip_norm": -1.0}, "--clip-norm: -1.0 is less than 0.0"),
        (TrainingConfig, {"average_decay": 1.0}, "--average-decay: 1.0 is not below 1.0"),
        (TrainingConfig, {"batch_size": 0}, "--batch-size: 0 is less than 1"),
        (TrainingConfig, {"epochs": 0}, "--epochs: 0 is less than 1"),
        (TrainingConfig, {"patience": 0}, "--patience: 0 is less than 1"),
        (TrainingConfig, {"seed": -1}, "--seed: -1 is less than 0"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_option(config, values, text):
    with pytest.raises(ConfigError) as caught:
        config(**values)
    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("config", "values"),
    [
        (ColumnFormat, {"word_column": -1, "tag_column": 1, "separator": "tab", "scheme": "BMEWO"}),
        (ColumnFormat, {"word_column": 10**9, "comment_prefix": " "}),
        (WordConfig, {"embedding_size": 1, "singleton_rate": 0.0}),
        (WordConfig, {"embedding_size": None, "singleton_rate": 1.0}),
        (EncoderConfig, {"units": 1, "layers": 1, "forget_bias": -3.0}),
        (EncoderConfig, {"input_dropout": 0.0, "output_dropout": 0.999, "state_dropout": 0.0}),
        (EncoderConfig, {"units": 8192, "layers": 32, "forget_bias": 3}),
        (CharacterConfig, {"characters": "lstm", "character_size": 1, "character_features": 4096}),
        (CharacterConfig, {"character_size": 1024, "character_features": 1, "character_width": 64}),
        (TagConfig, {"head": "crf"}),
        (LanguageModelConfig, {"lm_weight": 0.0, "lm_words": 1, "lm_samples": 1, "lm_softmax": "full"}),
        (TrainingConfig, {"learning_rate": 0.0, "clip_norm": 0.0, "batch_size": 1, "epochs": 1, "patience": 1}),
        (TrainingConfig, {"seed": 0, "optimizer": "adam", "schedule": "linear"}),
    ],
)
def test_values_at_their_limits_are_kept(config, values):
    made = config(**values)
    assert {name: getattr(made, name) for name in values} == values


def test_defaults_are_those_the_product_promises():
    columns, config = ColumnFormat(), Config()
    assert (columns.word_column, columns.tag_column, columns.comment_prefix, columns.scheme) == (1, -1, None, "auto")
    assert (config.words.lowercase, config.words.fold_digits, config.words.singleton_rate) == (True, True, 0.5)
    assert config.encoder.forget_bias == 1.0
    assert config.encoder.variational
    head = config.language_model
    assert (head.lm_weight, head.lm_words, head.lm_softmax) == (0.1, 7500, "sampled")
    assert (config.characters.characters, config.tags.head) == ("cnn", "softmax")
    assert not config.encoder.share_layers
    assert (config.words.word_dropout, config.training.average_decay) == (0.0, 0.998)


@pytest.mark.parametrize("config", CLASSES)
def test_no_option_can_be_changed_later(config):
    made = config()
    with pytest.raises(FrozenInstanceError):
        setattr(made, fields(config)[0].name, 3)


def test_every_option_has_a_name_of_its_own_and_a_help_text():
    options = [item for config in CLASSES for item in fields(config)]
    assert len({item.name for item in options}) == len(options)
    assert all(item.metadata["help"].endswith(".") and item.metadata["panel"] for item in options)


def test_every_scheme_can_be_asked_for():
    assert set(get_args(SchemeChoice)) == {"auto", *SCHEMES}


rates = st.floats(0, 1, exclude_max=True)
configs = st.builds(
    Config,
    words=st.builds(WordConfig, st.booleans(), st.booleans(), st.none() | st.integers(1, 8192), rates, rates),
    characters=st.builds(CharacterConfig, st.sampled_from(["none", "cnn", "lstm"]), st.integers(1, 1024)),
    encoder=st.builds(
        EncoderConfig,
        st.integers(1, 8192),
        st.integers(1, 32),
        st.booleans(),
        rates,
        rates,
        rates,
        rates,
        st.booleans(),
    ),
    tags=st.builds(TagConfig, st.sampled_from(["softmax", "crf"])),
    language_model=st.builds(LanguageModelConfig, rates, st.integers(1), st.sampled_from(["sampled", "full"])),
    training=st.builds(TrainingConfig, st.sampled_from(["nadam", "adam"]), rates, seed=st.integers(0)),
)


@settings(deadline=None, max_examples=50)
@given(configs)
def test_a_configuration_survives_json(config):
    assert Config.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize("section", [item.name for item in fields(Config)])
def test_json_with_a_missing_section_or_an_unknown_key_is_refused(section):
    values = Config().to_json()
    with pytest.raises(TypeError, match="surprise"):
        Config.from_json({**values, section: {**values[section], "surprise": 1}})
    with pytest.raises(KeyError, match=section):
        Config.from_json({name: part for name, part in values.items() if name != section})


def test_json_with_a_value_beyond_its_limits_is_refused():
    values = Config().to_json()
    values["encoder"]["units"] = 0
    with pytest.raises(ConfigError, match=r"^--units: 0 is less than 1$"):
        Config.from_json(values)


@pytest.mark.parametrize(
    ("config", "values"),
    [
        (EncoderConfig, {"forget_bias": NAN}),
        (EncoderConfig, {"forget_bias": -INFINITY}),
        (LanguageModelConfig, {"lm_weight": INFINITY}),
        (TrainingConfig, {"learning_rate": INFINITY}),
    ],
)
def test_numbers_are_finite(config, values):
    with pytest.raises(ConfigError):
        config(**values)


@pytest.mark.parametrize(
    ("config", "values"),
    [
        (ColumnFormat, {"word_column": "1"}),
        (ColumnFormat, {"scheme": None}),
        (EncoderConfig, {"units": "200"}),
        (EncoderConfig, {"units": 2.5}),
        (EncoderConfig, {"units": None}),
        (EncoderConfig, {"units": True}),
        (EncoderConfig, {"forget_bias": "1.0"}),
        (EncoderConfig, {"forget_bias": False}),
        (EncoderConfig, {"variational": "no"}),
    ],
)
def test_a_value_of_another_type_is_refused(config, values):
    with pytest.raises(ConfigError):
        config(**values)


def test_a_whole_number_beyond_all_fractions_is_refused():
    with pytest.raises(ConfigError):
        TrainingConfig(learning_rate=10**400)
