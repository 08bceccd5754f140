"""What a pretraining run is asked for, and what makes it the same run when it goes on."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tagger import __version__
from tagger.config import LanguageConfig
from tagger.documents.sentences import RawText
from tagger.errors import ConfigError, DataError
from tagger.training.file_digest import kept_digest


@dataclass(frozen=True, slots=True)
class PretrainRequest:
    """What a run needs. Without `dev`, a part of the text is held out.

    Args:
        vectors: rows to begin with. resume: go on with the run that was begun at `output`, if one was; restart: drop
            it. checkpoint_minutes: between checkpoints; 0: none.
    """

    text: RawText
    output: Path
    dev: RawText | None = None
    vectors: Path | None = None
    config: LanguageConfig = field(default_factory=LanguageConfig)
    resume: bool = False
    restart: bool = False
    checkpoint_minutes: float = 10.0

    def files(self) -> dict[str, list[Path]]:
        """All that is read, by its option."""
        texts = {"text": self.text, "dev": self.dev}
        found = {name: [source.path for source in text.sources] if text else [] for name, text in texts.items()}
        return found | {"vectors": [self.vectors] if self.vectors is not None else []}


def identity_of(request: PretrainRequest) -> dict[str, Any]:
    """Plain values to keep: two runs with the same ones end with the same model.

    Raises:
        DataError: a file cannot be read.
    """
    sections = request.config.to_json().values()
    options = {name: value for section in sections for name, value in section.items()}
    text = request.text
    options |= asdict(text.text) | asdict(text.columns) | {"tokenized": text.tokenized, "text_kind": text.kind}
    files = {name: [*map(kept_digest, paths)] for name, paths in request.files().items()}
    return {"tagger_version": __version__, "options": options, "files": files}


def check_identity(begun: Mapping[str, Any], request: PretrainRequest, what: str) -> None:
    """See that a request is the one that `what` ("the run in DIR") was begun with.

    Raises:
        ConfigError, DataError: it is not; the text names the first difference.
    """
    asked, instead = identity_of(request), "drop it with --restart"
    if begun["tagger_version"] != asked["tagger_version"]:
        raise ConfigError(f"{what} was begun with tagger {begun['tagger_version']}, this is {__version__}; {instead}")
    for name, value in asked["options"].items():
        if (was := begun["options"].get(name)) != value:
            raise ConfigError(
                f"{_flag(name, value)}: {what} was begun with {_flag(name, was)}; go on with that, or {instead}"
            )
    for name, paths in request.files().items():
        if begun["files"][name] != asked["files"][name]:
            found = f"{paths[0]}{' and others' * (len(paths) > 1)}" if paths else f"--{name}"
            raise DataError(f"{found}: not what {what} was begun with; {instead}")


def _flag(name: str, value: Any) -> str:
    flag = name.replace("_", "-")
    if value is None or isinstance(value, bool):
        return f"--{flag}" if value else f"--no-{flag}"
    return f"--{flag} {value}"
