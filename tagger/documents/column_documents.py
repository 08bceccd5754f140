"""Documents out of column files, for results in other forms than columns.

The text of a document is its tokens with a blank between them, a sentence a line; it comes split into these tokens.
"""

from collections.abc import Iterable, Iterator

from tagger.config import ColumnFormat, Unit
from tagger.corpus.columns import split_line, starts_document
from tagger.corpus.conll import Block, read_blocks
from tagger.corpus.document import Document, TokenizedSentence


def column_documents(stream: Iterable[bytes], name: str, columns: ColumnFormat, unit: Unit) -> Iterator[Document]:
    """Documents as `-DOCSTART-` lines part them, or all of a file without one; with a smaller unit a sentence each.

    Their ids are `name` and the line where they begin; of a whole file the name alone.

    Raises:
        DataError: with path and line, see `read_blocks`.
    """
    line, start, sentences, is_whole = 1, 1, list[Block](), True
    for block in read_blocks(stream, name, columns, labelled=False):
        before = block.lines[: block.token_rows[0]] if block.tokens else block.lines
        begins = unit != "file" or any(starts_document(split_line(text, columns.separator)) for text in before)
        if begins and sentences:
            yield _document(f"{name}:{start}", sentences)
            sentences, is_whole = [], False
        if block.tokens:
            if not sentences:
                start = line + block.token_rows[0]
            sentences.append(block)
        line += len(block.lines)
    if sentences:
        yield _document(name if is_whole and unit == "file" else f"{name}:{start}", sentences)


def _document(id_: str, blocks: list[Block]) -> Document:
    place, sentences = 0, list[TokenizedSentence]()
    for block in blocks:
        starts = []
        for token in block.tokens:
            starts.append(place)
            place += len(token) + 1
        sentences.append(TokenizedSentence(tuple(block.tokens), tuple(starts)))
    return Document(id_, "".join(" ".join(block.tokens) + "\n" for block in blocks), tuple(sentences))
