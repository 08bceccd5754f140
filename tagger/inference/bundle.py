"""A model on disk: a directory of readable parts, each with its checksum. See docs/bundle-format.md."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open

from tagger.config import Config
from tagger.corpus.schemes import SCHEMES
from tagger.errors import BundleError, ConfigError
from tagger.features.characters import CharacterVocabulary
from tagger.features.labels import MoveScores
from tagger.features.vocabulary import Vocabulary
from tagger.inference.context import CONTEXT_BACKWARD, CONTEXT_FORWARD, CONTEXT_UNITS, ContextReader
from tagger.inference.manifest import (
    TAGGER,
    check_files,
    check_names,
    is_described,
    read_manifest,
    write_manifest_values,
)
from tagger.inference.session import Session

FORMAT_VERSION = 2
MANIFEST = TAGGER
NETWORK = "network.onnx"
WEIGHTS = "weights.safetensors"
WORDS = "words.txt"
LABELS = "labels.txt"
SURFACES = "surfaces.txt"
CARD = "README.md"
PARTS = (NETWORK, WEIGHTS, WORDS, LABELS, SURFACES, CARD)
CHARACTERS = "characters.txt"
SPELLING = "spelling.onnx"
SPELLING_PARTS = (CHARACTERS, SPELLING)  # of models that read characters
CONTEXT_PARTS = (CONTEXT_FORWARD, CONTEXT_BACKWARD, CONTEXT_UNITS)  # of those with a language model of characters
RUN_FILE = "run.toml"
HISTORY = "history.jsonl"
CURVE = "learning_curve.png"
EXTRAS = (RUN_FILE, HISTORY, CURVE)  # of the run that made it; models of earlier versions have none


FLOAT32 = "float32"
_CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class ContextNote:
    """What is known of a language model of characters.

    Args:
        features: those of a word, D. both: whether it reads in both directions, or forward alone.
        perplexity: of a character, on text that was held out.
    """

    features: int
    both: bool
    perplexity: float

    def parts(self) -> tuple[str, ...]:
        """The files of it in a model."""
        return CONTEXT_PARTS if self.both else (CONTEXT_FORWARD, CONTEXT_UNITS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What model.json says, checksums apart.

    Args:
        scheme: the training file's. train_rows, singleton_rows: see `Vocabulary`.
        temperature: what scores are divided by before they become probabilities, fitted on dev.
        data: counts of sentences, tokens and entities by type, for train and dev.
        scores: the report on dev, as `tagger evaluate --json` prints it. history: one row an epoch.
        precision: of the network's LSTMs, float32 or int8; the scores are of float32.
        context: what is known of the language model of characters whose states the network reads, if it does.
    """

    tagger_version: str
    config: Config
    scheme: str
    train_rows: int
    singleton_rows: int
    temperature: float
    data: dict[str, Any]
    scores: dict[str, Any]
    history: list[dict[str, Any]]
    precision: str = FLOAT32
    context: ContextNote | None = None


@dataclass(frozen=True, slots=True)
class Bundle:
    """A model directory that has been found whole."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: str | Path) -> "Bundle":
        """Read the manifest and check every file against it.

        Raises:
            BundleError: no model there, another format, or a file that is missing, cut or altered.
        """
        path = Path(path)
        values = read_manifest(path, MANIFEST, FORMAT_VERSION)
        manifest = _manifest_from(values, path)
        check_files(path, values["files"])
        return cls(path, manifest)

    @property
    def network_path(self) -> Path:
        """The ONNX graph."""
        return self.path / NETWORK

    def session(self, threads: int = 0) -> Session:
        """The network, ready to run."""
        return open_session(self.path, spelling=self._reads_characters, threads=threads)

    def characters(self) -> CharacterVocabulary | None:
        """The characters that the network tells apart, if it reads any."""
        return CharacterVocabulary(read_lines(self.path / CHARACTERS)) if self._reads_characters else None

    @property
    def _reads_characters(self) -> bool:
        return self.manifest.config.characters.characters != "none"

    def context(self, threads: int = 0) -> ContextReader | None:
        """The language model of characters whose states the network reads, if it does."""
        return None if self.manifest.context is None else ContextReader(self.path, threads)

    def moves(self) -> MoveScores | None:
        """What the network has learned of tags that follow each other, if it did."""
        return read_moves(self.path) if self.manifest.config.tags.head == "crf" else None

    def vocabulary(self) -> Vocabulary:
        """The words of the embedding matrix."""
        manifest = self.manifest
        words = manifest.config.words
        return Vocabulary(
            read_lines(self.path / WORDS),
            manifest.train_rows,
            manifest.singleton_rows,
            words.lowercase,
            words.fold_digits,
        )

    def labels(self) -> tuple[str, ...]:
        """The tags that the network scores."""
        return read_lines(self.path / LABELS)

    def surfaces(self) -> frozenset[str]:
        """The surfaces of train's entities."""
        return frozenset(read_lines(self.path / SURFACES))


def open_session(directory: Path, *, spelling: bool, threads: int = 0) -> Session:
    """The network whose files lie in a directory, be it a whole model or not yet; `spelling` if it reads characters."""
    return Session(directory / NETWORK, directory / SPELLING if spelling else None, threads)


def read_moves(directory: Path) -> MoveScores:
    """The weights of the conditional random field in a directory."""
    with safe_open(directory / WEIGHTS, framework="numpy") as stored:
        return MoveScores(*(stored.get_tensor(f"crf.{name}") for name in ("transitions", "starts", "ends")))


def is_bundle(path: Path) -> bool:
    """Whether a model, of any format version, stands there and nothing else, so that it may be replaced."""
    return is_described(path, MANIFEST)


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write model.json last, over parts that are all in place."""
    values = {"format_version": FORMAT_VERSION} | asdict(manifest)
    if manifest.context is None:
        del values[_CONTEXT]
    extras = [name for name in (*SPELLING_PARTS, *CONTEXT_PARTS, *EXTRAS) if (directory / name).exists()]
    write_manifest_values(directory, MANIFEST, values, (*PARTS, *extras))


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """One item a line; a token cannot hold a line break."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def read_lines(path: Path) -> tuple[str, ...]:
    """The inverse of `write_lines`; only line feeds part lines, whatever else Unicode calls a line end."""
    return tuple(path.read_bytes().decode("utf-8").split("\n")[:-1])


def _manifest_from(values: dict[str, Any], path: Path) -> Manifest:
    try:
        config = Config.from_json(values["config"])
        given = {"precision": FLOAT32} | values  # which models of earlier versions do not say
        context = ContextNote(**values[_CONTEXT]) if _CONTEXT in values else None
        read = {"config": config, _CONTEXT: context}
        manifest = Manifest(**{name: given[name] for name in Manifest.__slots__ if name not in read} | read)
        check_names(values["files"], _parts_of(manifest), EXTRAS)
        if manifest.scheme not in SCHEMES:
            raise ValueError("an unknown scheme")
        if not 0.0 < manifest.temperature < float("inf"):
            raise ValueError("a temperature that is none")
        return manifest
    except (KeyError, TypeError, ValueError, AttributeError, ConfigError) as error:
        raise BundleError(f"{path / MANIFEST}: not a description this program can read: {error}") from None


def _parts_of(manifest: Manifest) -> tuple[str, ...]:
    """The files that a model has in any case."""
    spelling = SPELLING_PARTS if manifest.config.characters.characters != "none" else ()
    return (*PARTS, *spelling, *(manifest.context.parts() if manifest.context is not None else ()))
