"""Sets of options by name, for `--preset`: the only place where they stand. What a set does not name is the default."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

PresetName = Literal["fast", "default", "accurate"]


def _frozen(**options: Any) -> Mapping[str, Any]:
    return MappingProxyType(options)


PRESETS: Mapping[PresetName, Mapping[str, Any]] = MappingProxyType(
    {
        "fast": _frozen(
            character_features=30,
            units=100,
            input_dropout=0.3,
        ),
        "default": _frozen(),
        "accurate": _frozen(
            units=300,
        ),
    }
)

PRETRAINING = _frozen(  # what `tagger pretrain` has for a default where `train` has another
    singleton_rate=0.0,
    input_dropout=0.2,
    output_dropout=0.2,
    epochs=1,
)
