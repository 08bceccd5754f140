"""The tagger that people run: sentences in, tagged sentences out."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tagger.corpus.entities import entities_of
from tagger.corpus.schemes import SCHEMES, Scheme
from tagger.corpus.sentence import Sentence
from tagger.errors import ConfigError, DataError
from tagger.features.batching import batches_by_length, encode
from tagger.features.vocabulary import Vocabulary
from tagger.inference.bundle import Bundle
from tagger.inference.decoding import Decoder
from tagger.inference.session import Session

_BATCH_SENTENCES = 64
_BATCH_TOKENS = 8192  # with padding; a longer sentence is tagged whole, alone


class Tagger:
    """A trained model. A sentence's tags depend on nothing but the sentence."""

    def __init__(self, vocabulary: Vocabulary, labels: Sequence[str], scheme: Scheme, session: Session) -> None:
        self.vocabulary = vocabulary
        self.labels = tuple(labels)
        self.scheme = scheme
        self._session = session
        self._decoder = Decoder(labels)

    @classmethod
    def load(cls, path: str | Path, *, scheme: str | None = None, threads: int = 0) -> "Tagger":
        """Load a model directory.

        Args:
            scheme: the scheme of the tags to give; None is that of the training file.
            threads: ONNX Runtime's threads; 0 lets it choose.

        Raises:
            BundleError: something in the directory is missing, damaged or of another version.
            ConfigError: there is no such scheme.
        """
        return cls.from_bundle(Bundle.open(path), scheme=scheme, threads=threads)

    @classmethod
    def from_bundle(cls, bundle: Bundle, *, scheme: str | None = None, threads: int = 0) -> "Tagger":
        """The same for a model directory that is already open."""
        name = scheme or bundle.manifest.scheme
        if name not in SCHEMES:
            raise ConfigError(f"scheme {name!r} is not one of {', '.join(SCHEMES)}")
        session = Session(bundle.network_path, threads)
        return cls(bundle.vocabulary(), bundle.labels(), SCHEMES[name], session)

    def tag(self, sentences: Iterable[Sentence | Sequence[str]]) -> list[Sentence]:
        """Tag sentences, or lists of tokens; as many come out, in the same order, their old tags replaced."""
        given = [_as_sentence(sentence) for sentence in sentences]
        encoded = encode(given, self.vocabulary)
        tagged = [Sentence(sentence.tokens, ()) if not sentence.tokens else sentence for sentence in given]
        for batch in batches_by_length(encoded, _BATCH_SENTENCES, _BATCH_TOKENS):
            paths = self._decoder.decode(self._session.scores(batch), batch.lengths)
            for position, path in zip(batch.positions.tolist(), paths, strict=True):
                tagged[position] = Sentence(given[position].tokens, self._tags(path.tolist()))
        return tagged

    def _tags(self, path: Sequence[int]) -> tuple[str, ...]:
        if not any(path):  # label 0 is O
            return (self.labels[0],) * len(path)
        return self.scheme.tags_of(entities_of([self.labels[label] for label in path]), len(path))


def _as_sentence(given: Sentence | Sequence[str]) -> Sentence:
    if isinstance(given, Sentence):
        return given
    if isinstance(given, str):
        raise DataError(f"expected a sentence as a list of tokens, found the string {given[:40]!r}; split it first")
    tokens = tuple(given)
    for token in tokens:
        if not isinstance(token, str):
            raise DataError(f"expected a sentence as a list of tokens, found {token!r} among them, which is no string")
    return Sentence(tokens)
