"""All sections together: what shapes a model, as its directory keeps it."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

from tagger.config.language_model import LanguageModelConfig, PretrainingConfig
from tagger.config.network import CharacterConfig, EncoderConfig, TagConfig, WordConfig
from tagger.config.training import TrainingConfig

Whole = TypeVar("Whole", "Config", "LanguageConfig")


@dataclass(frozen=True, slots=True)
class Config:
    """All that shapes a model, as a bundle keeps it."""

    words: WordConfig = field(default_factory=WordConfig)
    characters: CharacterConfig = field(default_factory=CharacterConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    tags: TagConfig = field(default_factory=TagConfig)
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def sections(self) -> tuple[Any, ...]:
        """Its parts, in the order of `SECTIONS`."""
        return tuple(getattr(self, item.name) for item in fields(self))

    def to_json(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Config":
        """The inverse of `to_json`; a missing section or an unknown key raises KeyError or TypeError."""
        return _from_json(cls, values)


@dataclass(frozen=True, slots=True)
class LanguageConfig:
    """All that shapes a language model, as its directory keeps it."""

    pretraining: PretrainingConfig = field(default_factory=PretrainingConfig)
    words: WordConfig = field(default_factory=WordConfig)
    characters: CharacterConfig = field(default_factory=CharacterConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    language_model: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    @property
    def is_stream(self) -> bool:
        """Whether it reads one continuous text."""
        return self.pretraining.stream or self.pretraining.unit == "character"

    def to_json(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "LanguageConfig":
        """The inverse of `to_json`; a missing section or an unknown key raises KeyError or TypeError."""
        return _from_json(cls, values)


def _from_json(whole: type[Whole], values: dict[str, Any]) -> Whole:
    kinds = {item.name: item.default_factory for item in fields(whole)}
    return whole(**{name: kind(**values[name]) for name, kind in kinds.items()})  # type: ignore[operator]


SECTIONS = (WordConfig, CharacterConfig, EncoderConfig, TagConfig, LanguageModelConfig, TrainingConfig)
