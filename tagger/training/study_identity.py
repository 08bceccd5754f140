"""What makes a study the one it is: its space, and the options and files that all trials have in common."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tagger.config import Config
from tagger.errors import ConfigError, DataError
from tagger.search_space import SearchSpace, space_from_json, space_json, values_of, with_values
from tagger.training.request import TrainRequest, check_identity, identity_of

_SPACE, _RUN = "space", "run"


def study_identity(base: TrainRequest, space: SearchSpace) -> dict[str, Any]:
    """Plain values for a study to keep: two searches with the same ones can be one.

    Raises:
        DataError: a file cannot be read.
    """
    return {_SPACE: space_json(space), _RUN: identity_of(_common(base, space))}


def space_of(identity: Mapping[str, Any], directory: Path) -> SearchSpace:
    """The space of a study.

    Raises:
        DataError: the study was not made by `tagger tune`, so that it has none.
    """
    if not identity.keys() >= {_SPACE, _RUN}:
        raise DataError(f"{directory}: the study there was not begun by `tagger tune`; name another with --output")
    return space_from_json(identity[_SPACE])


def check_study_identity(begun: Mapping[str, Any], base: TrainRequest, space: SearchSpace) -> None:
    """See that a search is the one that a study was begun with.

    Raises:
        ConfigError, DataError: it is not; the text names the first difference.
    """
    asked, study = space_json(space), f"the study in {base.output}"
    for name in begun[_SPACE] | asked:
        if begun[_SPACE].get(name) != asked.get(name):
            raise ConfigError(f"--space: [{name}] is not what {study} was begun with; leave --space out to go on")
    check_identity(begun[_RUN], _common(base, space), study)


def _common(base: TrainRequest, space: SearchSpace) -> TrainRequest:
    """The base without its say in what is searched."""
    defaults = values_of(Config())
    return replace(base, config=with_values(base.config, {name: defaults[name] for name in space}))
