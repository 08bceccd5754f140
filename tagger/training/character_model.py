"""A language model of characters, as a run and the model that it makes have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tagger.errors import ConfigError
from tagger.inference.bundle import ContextNote
from tagger.inference.context import ContextReader
from tagger.language_models.bundle import BACKWARD, LanguageBundle
from tagger.training.export_context import context_files


@dataclass(frozen=True, slots=True)
class CharacterModel:
    """A language model of characters in memory, whatever becomes of its directory while a run goes on.

    Args:
        files: what a tagger's model has of it, by name.
    """

    note: ContextNote
    files: Mapping[str, bytes]
    reader: ContextReader

    def write(self, directory: Path) -> None:
        """Put it beside the other parts of a tagger's model."""
        _write(self.files, directory)


def open_character_model(path: Path) -> CharacterModel:
    """Read a language model's directory.

    Raises:
        BundleError: no language model is there, or a damaged one. ConfigError: it is one of words.
    """
    bundle = LanguageBundle.open(path)
    if bundle.reads_words:
        advice = "name one that `tagger pretrain --unit character` made, or begin with this one by --init-from"
        raise ConfigError(f"--character-lm {path}: reads words, not characters; {advice}")
    files = context_files(bundle)
    with TemporaryDirectory() as scratch:
        _write(files, Path(scratch))
        reader = ContextReader(Path(scratch))
    note = ContextNote(reader.size, BACKWARD in bundle.directions, bundle.manifest.perplexity)
    return CharacterModel(note, files, reader)


def _write(files: Mapping[str, bytes], directory: Path) -> None:
    for name, content in files.items():
        (directory / name).write_bytes(content)
