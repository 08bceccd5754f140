"""Plain values and tensors in a directory: written whole or not at all, and read only as they were written."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from tagger.errors import DataError
from tagger.files import swap_directory
from tagger.training.own_files import Names
from tagger.training.saving import saving

Tensors = Mapping[str, NDArray[np.float32]]

_STATE, _TENSORS, _CHECKSUM = "state.json", "tensors.safetensors", "sha256"
STATE_FILES: Names = dict.fromkeys(map(re.escape, (_STATE, _TENSORS)))


def write_state(values: Mapping[str, Any], tensors: Tensors, place: Path) -> None:
    """Put a state in the place of the one before, which stays until this one is whole.

    Raises:
        DataError: it cannot be written, on a full disk for example.
    """
    draft = place.with_name(place.name + ".draft")
    with saving(place):
        draft.mkdir(exist_ok=True)
        stored = save(dict(tensors))
        (draft / _TENSORS).write_bytes(stored)
        whole = {**values, _CHECKSUM: _digest(values, stored)}
        (draft / _STATE).write_text(json.dumps(whole, indent=1), encoding="utf-8")
        swap_directory(draft, place)


@contextmanager
def stored_state(place: Path) -> Iterator[tuple[dict[str, Any], Tensors]]:
    """What `write_state` wrote, for a block that makes something of it.

    Raises:
        DataError: it cannot be read, or is damaged, or the block can make nothing of it.
    """
    try:
        values = json.loads((place / _STATE).read_bytes())
        stored = (place / _TENSORS).read_bytes()
        if values.pop(_CHECKSUM) != _digest(values, stored):
            raise ValueError("its checksum is wrong")
        yield values, load(stored)
    except OSError as error:
        raise DataError(f"{place}: cannot be read: {error.strerror}; begin anew with --restart") from None
    except (ValueError, KeyError, TypeError, AttributeError, SafetensorError) as error:
        raise DataError(f"{place}: damaged ({error}); begin anew with --restart") from None


def _digest(values: Mapping[str, Any], tensors: bytes) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode() + tensors).hexdigest()
