"""What a network is made of: words, their characters, the LSTMs and the tags."""

from dataclasses import dataclass
from typing import Literal

from tagger.config.options import Checked, option

Precision = Literal["float32", "mixed"]
CharacterEncoderName = Literal["none", "cnn", "lstm"]
HeadName = Literal["softmax", "crf"]
DEFAULT_EMBEDDING_SIZE = 100  # without vectors, whose own width it is otherwise


@dataclass(frozen=True, slots=True)
class WordConfig(Checked):
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
class CharacterConfig(Checked):
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
class EncoderConfig(Checked):
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
class TagConfig(Checked):
    """How tags are scored."""

    head: HeadName = option(
        "softmax", "Tags one by one, or whole sequences by a conditional random field.", panel="Network"
    )
