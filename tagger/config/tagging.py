"""What a tagger that is trained already can be asked for."""

from dataclasses import dataclass

from tagger.config.options import Checked, option


@dataclass(frozen=True, slots=True)
class ConfidenceConfig(Checked):
    """How sure a tagger must be of what it says."""

    min_confidence: float = option(
        0.0, "Entities less likely than this become O.", panel="Output", minimum=0.0, maximum=1.0
    )
