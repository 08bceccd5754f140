"""Files in, findings out; mended files where they are asked for."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from tagger.checking.characters import characters
from tagger.checking.drift import drift
from tagger.checking.entity_types import entity_types
from tagger.checking.findings import Finding, Kind
from tagger.checking.inconsistency import inconsistencies
from tagger.checking.labelled_file import LabelledFile
from tagger.checking.lengths import long_sentences
from tagger.checking.mending import Change, mend_file
from tagger.checking.punctuation import punctuation
from tagger.checking.repeats import repeats
from tagger.checking.schemes import other_schemes, scheme_violations
from tagger.config import ColumnFormat
from tagger.errors import ConfigError
from tagger.files import make_directory

_FAMILIES = (
    scheme_violations,
    repeats,
    characters,
    entity_types,
    long_sentences,
    inconsistencies,
    punctuation,
    drift,
    other_schemes,
)


def check_files(files: Sequence[LabelledFile]) -> list[Finding]:
    """All findings that need no model, kind by kind; the first file is what the others are held against."""
    faults = [fault for file in files for fault in file.faults]
    return in_order([*faults, *chain.from_iterable(family(files) for family in _FAMILIES)])


def train_first(paths: Sequence[Path]) -> list[Path]:
    """The files with train at the front: the only one that has the word in its name, else the first."""
    named = [path for path in paths if "train" in path.name.casefold()]
    train = named[0] if len(named) == 1 else paths[0]
    return [train, *(path for path in paths if path is not train)]


def check_with_model(files: Sequence[LabelledFile], model: Path) -> list[Finding]:
    """The findings of a model in each file.

    Raises:
        BundleError: of the model.
    """
    from tagger.checking.suspicion import suspicions
    from tagger.inference.bundle import Bundle
    from tagger.inference.tagger import Tagger

    bundle = Bundle.open(model)
    tagger, data = Tagger.from_bundle(bundle), bundle.manifest.data
    return in_order([finding for file in files for finding in suspicions(file, tagger, data)])


def in_order(findings: Sequence[Finding]) -> list[Finding]:
    """Findings by their kinds, the worst first; those of a kind stay as they were."""
    order = {kind: place for place, kind in enumerate(Kind)}
    return sorted(findings, key=lambda finding: order[finding.kind])


def mend_files(files: Sequence[LabelledFile], output: Path, columns: ColumnFormat) -> list[Change]:
    """Write mended files: one file to `output`, or into it where it is a directory; several into a directory.

    Raises:
        ConfigError: a file would be written over an input or another.
        DataError: a file cannot be written.
    """
    targets = mended_places([file.path for file in files], output)
    for target in targets:
        make_directory(target.parent)
    pairs = zip(files, targets, strict=True)
    return [change for file, target in pairs for change in mend_file(file.path, target, columns, file.scheme)]


def mended_places(paths: Sequence[Path], output: Path) -> list[Path]:
    """Where the mended form of each file goes.

    Raises:
        ConfigError: over an input or another.
    """
    is_file = len(paths) == 1 and not output.is_dir()
    targets = [output] if is_file else [output / path.name for path in paths]
    inputs, seen = {path.resolve() for path in paths}, set[Path]()
    for target in targets:
        place = target.resolve()
        if place in inputs:
            raise ConfigError(f"--fix: {target} would be written over an input; name another place")
        if place in seen:
            raise ConfigError(f"--fix: two files would be written to {target}; mend them one after the other")
        seen.add(place)
    return targets
