"""What a language model is, beside a tagger and by itself."""

from dataclasses import dataclass
from typing import Literal

from tagger.config.options import Checked, option

Softmax = Literal["sampled", "full"]
LanguageUnit = Literal["word", "character"]
Directions = Literal["both", "forward"]


@dataclass(frozen=True, slots=True)
class LanguageModelConfig(Checked):
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
class PretrainingConfig(Checked):
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
