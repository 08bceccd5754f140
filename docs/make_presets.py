"""Writes docs/presets.md from tagger/presets.py: python docs/make_presets.py."""

from pathlib import Path
from typing import Any

from tagger.config import Config
from tagger.presets import PRESETS
from tagger.search_space import values_of

HEADER = """\
# Presets

Written by `python docs/make_presets.py` from tagger/presets.py; a test holds it true.

`tagger train --preset NAME` and `tagger tune --preset NAME` begin with these values. What a file of
`--config` says wins over them, and what the command line says wins over both. A model's `run.toml` holds
the values that came of it.

What a preset leaves empty is as it is otherwise.

"""


def reference() -> str:
    """The text of docs/presets.md."""
    defaults = values_of(Config())
    named = [name for name in defaults if any(name in options for options in PRESETS.values())]
    rows = [("option", "otherwise", *(f"`{name}`" for name in PRESETS)), ("---",) * (len(PRESETS) + 2)]
    for name in named:
        cells = [_text(options[name]) if name in options else "" for options in PRESETS.values()]
        rows.append((f"`--{name.replace('_', '-')}`", _text(defaults[name]), *cells))
    return HEADER + "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    Path(__file__).with_name("presets.md").write_text(reference(), encoding="utf-8")
