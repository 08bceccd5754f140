"""Every option with its default, its limits and its help: the only place where a default stands.

Commands make their options out of these classes, bundles keep them as JSON, and each checks itself when made.
"""

from tagger.config.formats import (
    ColumnFormat,
    DecodingErrors,
    SchemeChoice,
    Separator,
    TextFormat,
    TextKind,
    TokenFormat,
    Unit,
)
from tagger.config.language_model import Directions, LanguageModelConfig, LanguageUnit, PretrainingConfig, Softmax
from tagger.config.network import (
    DEFAULT_EMBEDDING_SIZE,
    CharacterConfig,
    CharacterEncoderName,
    EncoderConfig,
    HeadName,
    Precision,
    TagConfig,
    WordConfig,
)
from tagger.config.options import option
from tagger.config.tagging import ConfidenceConfig
from tagger.config.training import OptimizerName, RunConfig, ScheduleName, SeedsConfig, TrainingConfig
from tagger.config.whole import SECTIONS, Config, LanguageConfig

__all__ = [
    "DEFAULT_EMBEDDING_SIZE",
    "SECTIONS",
    "CharacterConfig",
    "CharacterEncoderName",
    "ColumnFormat",
    "ConfidenceConfig",
    "Config",
    "DecodingErrors",
    "Directions",
    "EncoderConfig",
    "HeadName",
    "LanguageConfig",
    "LanguageModelConfig",
    "LanguageUnit",
    "OptimizerName",
    "Precision",
    "PretrainingConfig",
    "RunConfig",
    "ScheduleName",
    "SchemeChoice",
    "SeedsConfig",
    "Separator",
    "Softmax",
    "TagConfig",
    "TextFormat",
    "TextKind",
    "TokenFormat",
    "TrainingConfig",
    "Unit",
    "WordConfig",
    "option",
]
