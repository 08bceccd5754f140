"""What a training run is asked for, and what makes it the same run when it goes on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagger import __version__
from tagger.config import ColumnFormat, Config, RunConfig, TextFormat, TokenFormat
from tagger.documents.sentences import RawText, find_raw_text
from tagger.errors import ConfigError, DataError
from tagger.inference.manifest import LANGUAGE_MODEL, read_values
from tagger.run_file import TEXT_OPTIONS
from tagger.training.file_digest import digest, kept_digest

_OPTIONS, _FILES, _VERSION, _UNLABELLED = "options", "files", "tagger_version", "unlabelled"
_LANGUAGE_MODELS = ("init_from", "character_lm")


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What a run needs. Without `dev`, a tenth of train serves.

    Args:
        resume: go on with the run that was begun at `output`, if one was. restart: drop it and begin anew.
        seeds: how many are trained, from the configuration's on. home: where the model is to lie in the end, where
            that is not `output`.
        unlabelled: files, directories and patterns of text to learn words and their order from. text, tokens: how that
            is read, which without any means nothing. init_from: a language model to begin with. character_lm: one of
            characters, whose states are features of words.
    """

    train: Path
    output: Path
    dev: Path | None = None
    vectors: Path | None = None
    columns: ColumnFormat = field(default_factory=ColumnFormat)
    config: Config = field(default_factory=Config)
    running: RunConfig = field(default_factory=RunConfig)
    resume: bool = False
    restart: bool = False
    seeds: int = 1
    home: Path | None = None
    unlabelled: tuple[Path, ...] = ()
    text: TextFormat = field(default_factory=TextFormat)
    tokens: TokenFormat = field(default_factory=TokenFormat)
    init_from: Path | None = None
    character_lm: Path | None = None

    @property
    def place(self) -> Path:
        """Where the model is to lie in the end."""
        return self.home or self.output

    def files(self) -> dict[str, Path | None]:
        """What is read, by its option."""
        return {"train": self.train, "dev": self.dev, "vectors": self.vectors}

    def language_models(self) -> dict[str, Path]:
        """The directories of language models, by their option, where they are given."""
        return {name: path for name in _LANGUAGE_MODELS if (path := getattr(self, name)) is not None}

    def raw_text(self) -> RawText | None:
        """The unlabelled text, if there is any.

        Raises:
            ConfigError: no use could be made of it, or it can be read only once.
            DataError: a file of it is not there.
        """
        if not self.unlabelled:
            return None
        if self.config.language_model.lm_weight == 0.0:
            advice = "give it a weight, or leave --unlabelled out"
            raise ConfigError(f"--unlabelled: without the language model (--lm-weight 0) it teaches nothing; {advice}")
        tokens = self.tokens
        return find_raw_text(
            self.unlabelled, self.text, self.columns, tokenized=tokens.tokenized, kind=tokens.text_kind
        )


def identity_of(request: TrainRequest) -> dict[str, Any]:
    """Plain values to keep: two runs with the same ones end with the same model.

    Raises:
        TaggerError: a file cannot be read.
    """
    sections = asdict(request.config).values()
    options = asdict(request.columns) | {name: value for section in sections for name, value in section.items()}
    files = {name: None if path is None else digest(path) for name, path in request.files().items()}
    identity: dict[str, Any] = {_VERSION: __version__, _OPTIONS: options, _FILES: files}
    for name, path in request.language_models().items():
        read_values(path, LANGUAGE_MODEL)  # which says what is wrong where nothing of the kind is there
        identity[name] = digest(path / LANGUAGE_MODEL)  # which has the checksums of all its files
    raw = request.raw_text()
    if raw is None:
        identity[_OPTIONS] = {name: value for name, value in options.items() if not name.startswith(_UNLABELLED)}
        return identity
    options |= {name: getattr(request.text, name) for name in TEXT_OPTIONS} | asdict(request.tokens)
    return identity | {_UNLABELLED: [kept_digest(source.path) for source in raw.sources]}


def identity_from_json(values: Any) -> dict[str, Any]:
    """What `identity_of` gave, after a way through a file that may be damaged.

    Raises:
        KeyError, TypeError: it is not.
    """
    version, options, files = (values[name] for name in (_VERSION, _OPTIONS, _FILES))
    if not isinstance(options, dict):
        raise TypeError(f"{_OPTIONS} is no table")
    found = {_VERSION: version, _OPTIONS: options, _FILES: {name: files[name] for name in ("train", "dev", "vectors")}}
    found |= {name: str(values[name]) for name in _LANGUAGE_MODELS if name in values}
    return found | ({_UNLABELLED: list(values[_UNLABELLED])} if _UNLABELLED in values else {})


def check_identity(begun: Mapping[str, Any], request: TrainRequest, what: str, instead: str = "begin another") -> None:
    """See that a request is the one that `what` ("the run in DIR") was begun with.

    Args:
        instead: what a person can do who does want what was asked for.

    Raises:
        ConfigError, DataError: it is not; the text names the first difference.
    """
    asked = identity_of(request)
    if begun[_VERSION] != asked[_VERSION]:
        raise ConfigError(f"{what} was begun with tagger {begun[_VERSION]}, this is {asked[_VERSION]}; {instead}")
    for digests, other, verb in ((begun, asked, "with"), (asked, begun, "without")):
        if _UNLABELLED in digests and _UNLABELLED not in other:
            raise ConfigError(f"--unlabelled: {what} was begun {verb} unlabelled text; go on so, or {instead}")
    for name, value in asked[_OPTIONS].items():
        if begun[_OPTIONS].get(name) != value:
            was, now = _flag(name, begun[_OPTIONS].get(name)), _flag(name, value)
            raise ConfigError(f"{now}: {what} was begun with {was}; go on with that, or {instead}")
    for name, path in request.files().items():
        if begun[_FILES][name] != asked[_FILES][name]:
            raise DataError(f"{_other_file(name, path, begun[_FILES][name], what)}{instead}")
    if differing := [name for name in _LANGUAGE_MODELS if begun.get(name) != asked.get(name)]:
        raise DataError(f"{_other_model(differing[0], begun, request, what)}; go on with that, or {instead}")
    if begun.get(_UNLABELLED) != asked.get(_UNLABELLED):
        found = f"{request.unlabelled[0]}{' and others' * (len(request.unlabelled) > 1)}"
        raise DataError(f"{found}: this text is not what {what} was begun with; {instead}")


def _flag(name: str, value: Any) -> str:
    flag = name.replace("_", "-")
    if value is None:
        return f"no --{flag}"
    if isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {value}"


def _other_file(name: str, path: Path | None, begun: str | None, what: str) -> str:
    if path is None:
        return f"--{name}: {what} was begun with one; name it again, or "
    if begun is None:
        return f"--{name} {path}: {what} was begun with none; leave it out, or "
    return f"{path}: its content is not what {what} was begun with; "


def _other_model(name: str, begun: Mapping[str, Any], request: TrainRequest, what: str) -> str:
    was = "another language model" if name in begun else "none"
    return f"{_flag(name, request.language_models().get(name))}: {what} was begun with {was}"
