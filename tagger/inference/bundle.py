"""A model on disk: a directory of readable parts, each with its checksum. See docs/bundle-format.md."""

import hashlib
import json
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
from tagger.inference.session import Session

FORMAT_VERSION = 2
MANIFEST = "model.json"
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
RUN_FILE = "run.toml"
HISTORY = "history.jsonl"
CURVE = "learning_curve.png"
EXTRAS = (RUN_FILE, HISTORY, CURVE)  # of the run that made it; models of earlier versions have none


FLOAT32 = "float32"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What model.json says, checksums apart.

    Args:
        scheme: the training file's. train_rows, singleton_rows: see `Vocabulary`.
        temperature: what scores are divided by before they become probabilities, fitted on dev.
        data: counts of sentences, tokens and entities by type, for train and dev.
        scores: the report on dev, as `tagger evaluate --json` prints it. history: one row an epoch.
        precision: of the network's LSTMs, float32 or int8; the scores are of float32.
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
        values = _read_manifest(path)
        manifest = _manifest_from(values, path)
        for name, expected in values["files"].items():
            _check_part(path / name, expected)
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
    try:
        values = _read_values(path)
        _check_whole(path / MANIFEST, values)
    except BundleError:
        return False
    files = values.get("files")
    return isinstance(files, dict) and {item.name for item in path.iterdir()} <= {*files, MANIFEST}


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write model.json last, over parts that are all in place."""
    values = {"format_version": FORMAT_VERSION} | asdict(manifest)
    extras = [name for name in (*SPELLING_PARTS, *EXTRAS) if (directory / name).exists()]
    values["files"] = {name: _fingerprint(directory / name) for name in (*PARTS, *extras)}
    values["checksum"] = _checksum_of(values)
    text = json.dumps(values, indent=2, ensure_ascii=False)
    (directory / MANIFEST).write_text(text + "\n", encoding="utf-8")


def write_lines(path: Path, lines: Sequence[str]) -> None:
    """One item a line; a token cannot hold a line break."""
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")


def read_lines(path: Path) -> tuple[str, ...]:
    """The inverse of `write_lines`; only line feeds part lines, whatever else Unicode calls a line end."""
    return tuple(path.read_bytes().decode("utf-8").split("\n")[:-1])


def _read_manifest(path: Path) -> dict[str, Any]:
    place, values = path / MANIFEST, _read_values(path)
    if values["format_version"] != FORMAT_VERSION:
        found = f"format version {values['format_version']}, this program reads {FORMAT_VERSION}"
        raise BundleError(f"{place}: {found}; install the tagger version that wrote it, or train again")
    _check_whole(place, values)
    return values


def _read_values(path: Path) -> dict[str, Any]:
    place = path / MANIFEST
    try:
        values = json.loads(place.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(f"{path}: no model there, expected a directory with {MANIFEST}") from None
    except OSError as error:
        raise BundleError(f"{place}: cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{place}: not valid JSON ({error}); the file is damaged") from None
    if not isinstance(values, dict) or "format_version" not in values:
        raise BundleError(f"{place}: not the description of a model")
    return values


def _check_whole(place: Path, values: dict[str, Any]) -> None:
    if values.get("checksum") != _checksum_of(values):
        raise BundleError(f"{place}: its checksum is wrong; the file was altered")


def _manifest_from(values: dict[str, Any], path: Path) -> Manifest:
    try:
        sizes = [file["bytes"] for file in values["files"].values()]
        config = Config.from_json(values["config"])
        given = {"precision": FLOAT32} | values  # which models of earlier versions do not say
        manifest = Manifest(**{name: given[name] for name in Manifest.__slots__} | {"config": config})
        parts = {*PARTS} if config.characters.characters == "none" else {*PARTS, *SPELLING_PARTS}
        if not parts <= {*values["files"]} <= {*parts, *EXTRAS}:
            raise ValueError("other files than a model has")
        if manifest.scheme not in SCHEMES or not all(isinstance(size, int) for size in sizes):
            raise ValueError("an unknown scheme or size")
        if not 0.0 < manifest.temperature < float("inf"):
            raise ValueError("a temperature that is none")
        return manifest
    except (KeyError, TypeError, ValueError, AttributeError, ConfigError) as error:
        raise BundleError(f"{path / MANIFEST}: not a description this program can read: {error}") from None


def _check_part(path: Path, expected: dict[str, Any]) -> None:
    try:
        found = _fingerprint(path)
    except FileNotFoundError:
        raise BundleError(f"{path}: missing; copy the model again") from None
    except OSError as error:
        raise BundleError(f"{path}: cannot be read: {error.strerror}") from None
    if found["bytes"] != expected["bytes"]:
        size = f"{found['bytes']} bytes, expected {expected['bytes']}"
        raise BundleError(f"{path}: {size}; the file is cut or altered, copy the model again")
    if found != expected:
        raise BundleError(f"{path}: its checksum is wrong; the file was altered, copy the model again")


def _fingerprint(path: Path) -> dict[str, Any]:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        return {"bytes": stream.tell(), "sha256": digest}


def _checksum_of(values: dict[str, Any]) -> str:
    plain = {name: value for name, value in values.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
