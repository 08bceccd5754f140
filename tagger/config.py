"""Every option with its default, its limits and its help: the only place where a default stands.

Commands make their options out of these classes, bundles keep them as JSON, and each checks itself when made.
"""

import sys
from dataclasses import asdict, dataclass, field, fields
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, get_args, get_origin

from tagger.errors import ConfigError

Value = TypeVar("Value")

Separator = Literal["auto", "tab", "whitespace"]
SchemeChoice = Literal["auto", "IOB1", "IOB2", "BIOES", "BILOU", "BMES", "BMEWO"]
Softmax = Literal["sampled", "full"]
Precision = Literal["float32", "mixed"]
CharacterEncoderName = Literal["none", "cnn", "lstm"]
HeadName = Literal["softmax", "crf"]
OptimizerName = Literal["nadam", "adam"]
ScheduleName = Literal["constant", "linear", "cosine"]
Unit = Literal["file", "line", "paragraph"]
DecodingErrors = Literal["strict", "replace"]
LanguageUnit = Literal["word", "character"]
Directions = Literal["both", "forward"]


DEFAULT_EMBEDDING_SIZE = 100  # without vectors, whose own width it is otherwise


def option(
    default: Value,
    text: str,
    *,
    panel: str,
    minimum: float | None = None,
    maximum: float | None = None,
    below: float | None = None,
) -> Value:
    """A dataclass field that carries what a command line needs to offer it.

    Args:
        minimum, maximum: inclusive limits. below: an exclusive upper limit.
    """
    limits = {"minimum": minimum, "maximum": maximum, "below": below}
    made: Value = field(default=default, metadata={"help": text, "panel": panel, **limits})
    return made


class _Checked:
    """Validates every field of a dataclass against the limits in its metadata."""

    __slots__ = ()

    def __post_init__(self) -> None:
        for item in fields(self):  # type: ignore[arg-type]  # every subclass is a dataclass
            _check(item.name, getattr(self, item.name), item.type, item.metadata)


def _check(name: str, value: Any, kind: Any, limits: Any) -> None:
    flag = "--" + name.replace("_", "-")
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ConfigError(f"{flag}: {value!r} is not one of {', '.join(get_args(kind))}")
        return
    if not _is_of(value, kind):
        raise ConfigError(f"{flag}: {value!r} is not a value of type {getattr(kind, '__name__', kind)}")
    if value is None:
        return
    low, high, below = limits.get("minimum"), limits.get("maximum"), limits.get("below")
    if low is not None and not value >= low:
        raise ConfigError(f"{flag}: {value} is less than {low}")
    if high is not None and not value <= high:
        raise ConfigError(f"{flag}: {value} is more than {high}")
    if below is not None and not value < below:
        raise ConfigError(f"{flag}: {value} is not below {below}")


def _is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of a field's type; whole numbers pass for finite fractions, truth values for neither."""
    if get_origin(kind) is UnionType:
        return any(_is_of(value, one) for one in get_args(kind))
    if kind is float:
        return type(value) in {int, float} and -sys.float_info.max <= value <= sys.float_info.max
    return value is None if kind is NoneType else type(value) is kind


@dataclass(frozen=True, slots=True)
class ColumnFormat(_Checked):
    """Where the words and tags of a column file are. Columns count from 1, or from the end with -1."""

    word_column: int = option(1, "Column of the words; 1 is the first, -1 the last.", panel="Files")
    tag_column: int = option(-1, "Column of the tags; 1 is the first, -1 the last.", panel="Files")
    separator: Separator = option(
        "auto", "What parts the columns; auto: tabs on a line that has one, else any blanks.", panel="Files"
    )
    comment_prefix: str | None = option(
        None, "Lines that start so are kept, not read. Off by default: #hashtag is a token.", panel="Files"
    )
    scheme: SchemeChoice = option(
        "auto", "Tag scheme; auto: what the tags say, and for `tag` the model's.", panel="Files"
    )

    def __post_init__(self) -> None:
        super(ColumnFormat, self).__post_init__()
        for name in ("word_column", "tag_column"):
            if getattr(self, name) == 0:
                raise ConfigError(f"--{name.replace('_', '-')}: columns count from 1, or from the end with -1; found 0")
        if self.comment_prefix == "":
            raise ConfigError("--comment-prefix: an empty prefix would make every line a comment")


@dataclass(frozen=True, slots=True)
class TextFormat(_Checked):
    """What of raw text is a document, and how it is read."""

    documents: Unit = option("file", "What of a text file is a document.", panel="Raw text")
    text_field: str = option("text", "Field of the text in JSON lines.", panel="Raw text")
    id_field: str = option("id", "Field of the document's name there, if it has one.", panel="Raw text")
    language: str = option("en", "Language, such as de or zh, by which sentences end.", panel="Raw text")
    errors: DecodingErrors = option(
        "strict", "What to do with bytes that are not UTF-8: stop with the file, or put U+FFFD.", panel="Raw text"
    )
    processes: int = option(
        0, "Processes that tag; 0 is one a core, or one for little text.", panel="Raw text", minimum=0, maximum=256
    )


@dataclass(frozen=True, slots=True)
class TokenFormat(_Checked):
    """What of raw text is a token, where that is not for us to say."""

    tokenized: bool = option(
        False, "Text files hold one sentence a line, its tokens parted by blanks.", panel="Raw text"
    )


@dataclass(frozen=True, slots=True)
class ConfidenceConfig(_Checked):
    """How sure a tagger must be of what it says."""

    min_confidence: float = option(
        0.0, "Entities less likely than this become O.", panel="Output", minimum=0.0, maximum=1.0
    )


@dataclass(frozen=True, slots=True)
class WordConfig(_Checked):
    """How words become rows of the embedding matrix."""

    lowercase: bool = option(True, "Lowercase words before they are looked up.", panel="Words")
    fold_digits: bool = option(True, "Read every digit as 0 when words are looked up.", panel="Words")
    embedding_size: int | None = option(
        None,
        f"Width of the embedding matrix (default: the vectors' own, else {DEFAULT_EMBEDDING_SIZE}).",
        panel="Words",
        minimum=1,
        maximum=8192,
    )
    singleton_rate: float = option(
        0.5,
        "Share of the time that a word seen once is <unk> while training.",
        panel="Words",
        minimum=0.0,
        maximum=1.0,
    )
    word_dropout: float = option(
        0.0, "Share of all words that are <unk> while training.", panel="Words", minimum=0.0, below=1.0
    )


@dataclass(frozen=True, slots=True)
class CharacterConfig(_Checked):
    """How the characters of a word, as written, become features beside its row of the matrix."""

    characters: CharacterEncoderName = option(
        "cnn", "Encoder of a word's characters: a convolution, an LSTM or none.", panel="Characters"
    )
    character_size: int = option(30, "Width of a character's vector.", panel="Characters", minimum=1, maximum=1024)
    character_features: int = option(
        50,
        "Features of a word: filters of the convolution, or units of the LSTM a direction.",
        panel="Characters",
        minimum=1,
        maximum=4096,
    )
    character_width: int = option(
        3, "Characters that a filter of the convolution sees.", panel="Characters", minimum=1, maximum=64
    )
    character_dropout: float = option(
        0.0, "Dropout of characters' vectors, drawn once a batch.", panel="Characters", minimum=0.0, below=1.0
    )


@dataclass(frozen=True, slots=True)
class EncoderConfig(_Checked):
    """The bidirectional LSTM and the dropout around its cells."""

    units: int = option(200, "LSTM units a direction.", panel="Network", minimum=1, maximum=8192)
    layers: int = option(1, "Layers of LSTMs in each direction.", panel="Network", minimum=1, maximum=32)
    share_layers: bool = option(
        False, "One cell's weights for every layer, after a projection to its width.", panel="Network"
    )
    forget_bias: float = option(1.0, "Initial bias of the forget gate.", panel="Network")
    input_dropout: float = option(0.5, "Dropout on each cell's input.", panel="Network", minimum=0.0, below=1.0)
    output_dropout: float = option(0.5, "Dropout on each cell's output.", panel="Network", minimum=0.0, below=1.0)
    state_dropout: float = option(
        0.0,
        "Dropout on each cell's recurrent weights, drawn once a batch.",
        panel="Network",
        minimum=0.0,
        below=1.0,
    )
    variational: bool = option(True, "Draw input and output masks once a sequence, not each step.", panel="Network")
    precision: Precision = option(
        "float32",
        "mixed: cells work in half precision on a GPU while weights stay float32; a CPU always uses float32.",
        panel="Network",
    )


@dataclass(frozen=True, slots=True)
class TagConfig(_Checked):
    """How tags are scored."""

    head: HeadName = option(
        "softmax", "Tags one by one, or whole sequences by a conditional random field.", panel="Network"
    )


@dataclass(frozen=True, slots=True)
class LanguageModelConfig(_Checked):
    """The auxiliary head that predicts neighbouring words with the embedding matrix itself."""

    lm_weight: float = option(
        0.1, "Weight (gamma) of the language model's loss; 0 turns the head off.", panel="Language model", minimum=0.0
    )
    lm_words: int = option(
        7500, "Most frequent words it tells apart; the rest are one class.", panel="Language model", minimum=1
    )
    lm_softmax: Softmax = option("sampled", "Softmax of its loss while training.", panel="Language model")
    lm_samples: int = option(
        256, "Wrong words drawn a step for the sampled softmax.", panel="Language model", minimum=1, maximum=100_000
    )
    unlabelled_batch: int = option(
        32, "Sentences of --unlabelled text beside a labelled batch.", panel="Language model", minimum=1
    )
    unlabelled_weight: float = option(
        1.0, "Weight of their loss, as a multiple of --lm-weight.", panel="Language model", minimum=0.0
    )
    unlabelled_count: int = option(
        5, "Times that a word must stand in unlabelled text to have a row.", panel="Language model", minimum=1
    )
    unlabelled_words: int = option(
        50_000, "Most words that have one for that reason.", panel="Language model", minimum=0
    )


@dataclass(frozen=True, slots=True)
class TrainingConfig(_Checked):
    """How the weights are learned."""

    optimizer: OptimizerName = option("nadam", "Optimizer.", panel="Training")
    learning_rate: float = option(0.004, "Learning rate at its highest.", panel="Training", minimum=0.0, maximum=100.0)
    embedding_rate: float = option(
        1.0,
        "Learning rate of the word matrix, as a share of the others'; 0: it stays as it begins.",
        panel="Training",
        minimum=0.0,
        maximum=1.0,
    )
    schedule: ScheduleName = option(
        "cosine", "How the learning rate changes over the epochs; linear and cosine end at 0.", panel="Training"
    )
    clip_norm: float = option(1.0, "Largest norm of a step's gradient; 0: unclipped.", panel="Training", minimum=0.0)
    average_decay: float = option(
        0.998,
        "Decay a step of the weights' running average, which is scored and kept; 0: the weights themselves.",
        panel="Training",
        minimum=0.0,
        below=1.0,
    )
    batch_size: int = option(32, "Sentences a batch.", panel="Training", minimum=1)
    sort_pool: int = option(
        1,
        "Batches among which sentences are sorted by length; 1: none, which learns best. More pad less.",
        panel="Training",
        minimum=1,
        maximum=100_000,
    )
    epochs: int = option(20, "Most epochs.", panel="Training", minimum=1)
    patience: int = option(10, "Epochs without a better dev F1 before training stops.", panel="Training", minimum=1)
    seed: int = option(1, "Seed of everything random; same seed, same model.", panel="Training", minimum=0)


@dataclass(frozen=True, slots=True)
class PretrainingConfig(_Checked):
    """What kind of language model is learned, and from what."""

    unit: LanguageUnit = option("word", "What it reads and predicts.", panel="Language model")
    stream: bool = option(
        False,
        "Read one continuous text in windows, each going on from the state the last one left; else by sentence."
        " Characters are always read so.",
        panel="Language model",
    )
    directions: Directions = option(
        "both", "Predict what follows and what comes before, or only what follows.", panel="Language model"
    )
    window: int = option(35, "Words or characters of a window of a stream.", panel="Language model", minimum=2)
    least_count: int = option(
        3, "Times that a word or character must stand in the text to be told apart.", panel="Language model", minimum=1
    )


@dataclass(frozen=True, slots=True)
class RunConfig(_Checked):
    """How a run is watched and kept; nothing here changes what is learned, and no model remembers it."""

    checkpoint_minutes: float = option(
        10.0, "Minutes between checkpoints within an epoch; 0: none, not even after an epoch.", panel="Run", minimum=0.0
    )
    tensorboard: bool = option(False, "Write logs for TensorBoard beside the model, in MODEL.tensorboard.", panel="Run")


@dataclass(frozen=True, slots=True)
class SeedsConfig(_Checked):
    """How many runs compete. A file of options may say it, but not the one in a model, which repeats the best alone."""

    seeds: int = option(
        1,
        "Runs with seeds that follow each other; the best on dev becomes the model, and their mean is told.",
        panel="Training",
        minimum=1,
        maximum=1000,
    )


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
        return cls(
            words=WordConfig(**values["words"]),
            characters=CharacterConfig(**values["characters"]),
            encoder=EncoderConfig(**values["encoder"]),
            tags=TagConfig(**values["tags"]),
            language_model=LanguageModelConfig(**values["language_model"]),
            training=TrainingConfig(**values["training"]),
        )


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
        kinds = {item.name: item.default_factory for item in fields(cls)}
        return cls(**{name: kind(**values[name]) for name, kind in kinds.items()})  # type: ignore[operator]


SECTIONS = (WordConfig, CharacterConfig, EncoderConfig, TagConfig, LanguageModelConfig, TrainingConfig)
