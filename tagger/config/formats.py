"""What files of text and of columns look like."""

from dataclasses import dataclass
from typing import Literal

from tagger.config.options import Checked, option
from tagger.errors import ConfigError

Separator = Literal["auto", "tab", "whitespace"]
SchemeChoice = Literal["auto", "IOB1", "IOB2", "BIOES", "BILOU", "BMES", "BMEWO"]
Unit = Literal["file", "line", "paragraph"]
DecodingErrors = Literal["strict", "replace"]
TextKind = Literal["auto", "text", "jsonl", "columns"]


@dataclass(frozen=True, slots=True)
class ColumnFormat(Checked):
    """Where the words and tags of a column file are. Columns count from 1, or from the end with -1."""

    word_column: int = option(1, "Column of the words; 1 is the first, -1 the last.", panel="Files")
    tag_column: int = option(-1, "Column of the tags; 1 is the first, -1 the last.", panel="Files")
    separator: Separator = option(
        "auto", "What parts the columns; auto: tabs on a line that has one, else any blanks.", panel="Files"
    )
    comment_prefix: str | None = option(
        None, "Lines that start so are kept, not read. Off by default: #hashtag is a token.", panel="Files"
    )
    scheme: SchemeChoice = option(
        "auto", "Tag scheme; auto: what the tags say, and for `tag` the model's.", panel="Files"
    )

    def __post_init__(self) -> None:
        super(ColumnFormat, self).__post_init__()
        for name in ("word_column", "tag_column"):
            if getattr(self, name) == 0:
                raise ConfigError(f"--{name.replace('_', '-')}: columns count from 1, or from the end with -1; found 0")
        if self.comment_prefix == "":
            raise ConfigError("--comment-prefix: an empty prefix would make every line a comment")


@dataclass(frozen=True, slots=True)
class TextFormat(Checked):
    """What of raw text is a document, and how it is read."""

    documents: Unit = option("file", "What of a text file is a document.", panel="Raw text")
    text_field: str = option("text", "Field of the text in JSON lines.", panel="Raw text")
    id_field: str = option("id", "Field of the document's name there, if it has one.", panel="Raw text")
    language: str = option("en", "Language, such as de or zh, by which sentences end.", panel="Raw text")
    errors: DecodingErrors = option(
        "strict", "What to do with bytes that are not UTF-8: stop with the file, or put U+FFFD.", panel="Raw text"
    )
    processes: int = option(
        0, "Processes that tag; 0 is one a core, or one for little text.", panel="Raw text", minimum=0, maximum=256
    )


@dataclass(frozen=True, slots=True)
class TokenFormat(Checked):
    """What raw text is made of, where that is not for us to say."""

    text_kind: TextKind = option(
        "auto",
        "What files of raw text are; auto: .txt, .text and .md are text, .jsonl and .ndjson JSON lines, before .gz "
        "too; all others are columns.",
        panel="Raw text",
    )
    tokenized: bool = option(
        False, "Text files hold one sentence a line, its tokens parted by blanks.", panel="Raw text"
    )
