import shutil
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legal_sequences import legal_paths, no_moves, path_scores

from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.errors import BundleError, ConfigError, DataError
from tagger.features.batching import Batch, encode, pad
from tagger.features.vocabulary import SPECIALS
from tagger.inference.bundle import NETWORK, Bundle
from tagger.inference.session import Session
from tagger.inference.tagger import Tagger

WORDS = [
    "Anna",
    "Weber",
    "lives",
    "in",
    "Trieste",
    ".",
    "Harbour",
    "Office",
    "12",
    "77",
    "LONDON",
    "<pad>",
    "a\u00a0b",
    "?",
]
LETTERS = {"BIOES": "BIES", "IOB2": "BIIB", "BILOU": "BILU", "BMES": "BMES", "BMEWO": "BMEW"}

sentences_of_words = st.lists(st.lists(st.sampled_from(WORDS), max_size=9), max_size=12)


@pytest.fixture(scope="module")
def session_of():
    """What scores a batch by a model, and what encodes sentences for it, each loaded once."""
    loaded = {}

    def run(path):
        if path not in loaded:
            bundle = Bundle.open(path)
            session, vocabulary, characters = bundle.session(), bundle.vocabulary(), bundle.characters()
            context = bundle.context()

            def scores(batch):
                return session.scores(batch, session.word_features(batch.types.words) if batch.types else None)

            def encoded(sentences):
                found = encode([Sentence(tuple(tokens)) for tokens in sentences], vocabulary, characters=characters)
                return found if context is None else replace(found, context=context.features(sentences))

            loaded[path] = scores, encoded
        return loaded[path]

    return run


def random_sentences(count, longest, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.choice(WORDS, size=length).tolist() for length in generator.integers(0, longest, size=count)]


def tags_alone(tagger, sentences):
    return [tagger.tag([tokens])[0].tags for tokens in sentences]


def tags_of(tagged):
    return [sentence.tags for sentence in tagged]


@settings(deadline=None, max_examples=60)
@given(sentences_of_words)
def test_a_sentence_is_tagged_as_it_would_be_alone(tagger, sentences):
    tagged = tagger.tag(sentences)
    assert [list(sentence.tokens) for sentence in tagged] == sentences
    assert tags_of(tagged) == tags_alone(tagger, sentences)


@settings(deadline=None, max_examples=30)
@given(
    sentences_of_words.flatmap(lambda sentences: st.tuples(st.just(sentences), st.permutations(range(len(sentences)))))
)
def test_the_order_of_the_sentences_does_not_matter(tagger, case):
    sentences, order = case
    there = tags_of(tagger.tag(sentences))
    assert tags_of(tagger.tag([sentences[place] for place in order])) == [there[place] for place in order]


def test_many_sentences_over_many_batches_are_tagged_as_alone_and_in_order(tagger):
    sentences = random_sentences(300, 40)
    tagged = tagger.tag(sentences)
    assert [list(sentence.tokens) for sentence in tagged] == sentences
    assert tags_of(tagged) == tags_alone(tagger, sentences)
    assert len({tag for tags in tags_of(tagged) for tag in tags}) > 4  # else the test shows nothing


@settings(deadline=None, max_examples=60)
@given(sentences_of_words.filter(any), st.integers(0, 5), st.integers(0, 1000))
def test_batch_mates_and_padding_change_no_score(session_of, any_model, sentences, padding, seed):
    scores, encode_all = session_of(any_model)
    sentences = [tokens for tokens in sentences if tokens]
    encoded = encode_all(sentences)
    batch = pad(encoded, np.arange(len(sentences)))
    steps = batch.word_ids.shape[1] + padding
    generator, types = np.random.default_rng(seed), None

    def padded(ids, end):
        """With any ids beyond the sentences' ends."""
        found = generator.integers(0, end, (len(sentences), steps)).astype(np.int32)
        for row, known, length in zip(found, ids, batch.lengths, strict=True):
            row[:length] = known[:length]
        return found

    word_ids = padded(batch.word_ids, len(SPECIALS))
    if batch.types is not None:
        types = replace(batch.types, type_ids=padded(batch.types.type_ids, len(batch.types.words.lengths)))
    context = None
    if batch.context is not None:
        context = generator.normal(size=(len(sentences), steps, batch.context.shape[-1])).astype(np.float32)
        for row, known, length in zip(context, batch.context, batch.lengths, strict=True):
            row[:length] = known[:length]
    together = scores(Batch(batch.positions, batch.lengths, word_ids, word_ids, types, context=context))
    for place, length in enumerate(batch.lengths):
        alone = scores(pad(encoded, np.array([place])))[0]
        np.testing.assert_allclose(together[place, :length], alone, rtol=0, atol=1e-5)


def test_tags_are_those_of_the_best_legal_sequence(session_of, any_model, tagger):
    score, encoded = session_of(any_model)
    moves = Bundle.open(any_model).moves() or no_moves(len(tagger.labels))
    letters = {"O": "O", **dict(zip("BIES", LETTERS["IOB2"], strict=True))}
    for tokens in random_sentences(30, 4, seed=1):
        if not tokens:
            continue
        paths = legal_paths(tagger.labels, len(tokens))
        best = paths[path_scores(score(pad(encoded([tokens]), np.array([0])))[0], paths, moves).argmax()]
        answer = tuple(letters[tagger.labels[place][0]] + tagger.labels[place][1:] for place in best)
        assert tagger.tag([tokens])[0].tags == answer


def test_nothing_is_tagged_as_nothing(tagger):
    assert tagger.tag([]) == []
    assert tagger.tag(iter([])) == []


def test_empty_sentences_keep_their_places(tagger):
    tagged = tagger.tag([[], ["Anna"], [], Sentence(())])
    assert [sentence.tokens for sentence in tagged] == [(), ("Anna",), (), ()]
    assert [len(sentence.tags) for sentence in tagged] == [0, 1, 0, 0]
    assert tags_of(tagger.tag([[], ()])) == [(), ()]


def test_a_sentence_of_5000_tokens_is_tagged_whole_and_its_neighbours_as_alone(tagger):
    long = np.random.default_rng(2).choice(WORDS, size=5000).tolist()
    short = ["Anna", "lives", "in", "Trieste"]
    tagged = tagger.tag([short, long, short])
    assert tagged[1].tokens == tuple(long)
    assert len(tagged[1].tags) == 5000
    assert tags_of(tagged) == tags_alone(tagger, [short, long, short])


def test_sentences_are_taken_as_lists_tuples_or_sentences_from_any_iterable(tagger):
    tokens = ["Anna", "lives", "in", "Trieste"]
    (expected,) = tagger.tag([tokens])
    assert tagger.tag(form(tokens) for form in (tuple, list, iter)) == [expected] * 3
    assert tagger.tag([Sentence(tuple(tokens))]) == [expected]


def test_old_tags_are_replaced_and_change_nothing(tagger):
    tokens = ("Anna", "lives", "in", "Trieste")
    labelled = Sentence(tokens, ("B-OLD", "O", "O", "B-OLD"))
    assert tagger.tag([labelled]) == tagger.tag([tokens])
    assert labelled.tags == ("B-OLD", "O", "O", "B-OLD")


@pytest.mark.parametrize("given", ["Anna lives in Trieste", ["Anna", "lives"], [["Anna"], "lives"], [""]])
def test_a_string_in_place_of_tokens_is_an_error(tagger, given):
    with pytest.raises(DataError, match="expected a sentence as a list of tokens, found the string"):
        tagger.tag(given)


@pytest.mark.parametrize("given", [[b"Anna lives"], [["Anna", 1987]], [["Anna", None]]])
def test_a_token_that_is_no_string_is_an_error(tagger, given):
    with pytest.raises(DataError):
        tagger.tag(given)


@pytest.mark.parametrize("token", ["", " ", "\n", "\ud800", "\0", "x" * 100_000, "🙂", "e\u0301"])
def test_odd_tokens_are_tagged_like_any_other(tagger, token):
    (tagged,) = tagger.tag([[token, "Anna"]])
    assert tagged.tokens == (token, "Anna")
    assert len(tagged.tags) == 2


def test_unknown_words_are_tagged_alike(deep_model):
    tagger = Tagger.load(deep_model)
    assert tagger.tag([["Anna", "qwerty", "."]])[0].tags == tagger.tag([["Anna", "zxcvb", "."]])[0].tags


@pytest.mark.parametrize("spelling", ["spelling_model", "spelling_lstm_model"])
def test_unknown_words_are_told_apart_by_their_characters(session_of, request, spelling):
    """Where their characters are unknown too, they are not."""
    scores, encoded = session_of(request.getfixturevalue(spelling))
    words = ["Anne", "Ann", "enna", "ЖЖ", "ЩЮ", "Ж", "a" * 2000]
    found = [scores(pad(encoded([[word]]), np.array([0])))[0, 0] for word in words]
    alike = {(one, other) for one, other in combinations(range(len(words)), 2) if np.allclose(found[one], found[other])}
    assert {(words[one], words[other]) for one, other in alike} == {("ЖЖ", "ЩЮ")}


def iob1(tags):
    """IOB2 to IOB1: B stays only directly after an entity of the same type."""
    before = [tag[2:] for tag in ("O", *tags)]
    return tuple(
        f"I-{tag[2:]}" if tag[0] == "B" and tag[2:] != type_ else tag for tag, type_ in zip(tags, before, strict=False)
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_can_be_asked_for_and_says_the_same(any_model, scheme):
    sentences = random_sentences(60, 12, seed=4)
    bioes = tags_of(Tagger.load(any_model, scheme="BIOES").tag(sentences))
    given = "IOB2" if scheme == "IOB1" else scheme
    letters = {"O": "O", **dict(zip("BIES", LETTERS[given], strict=True))}
    expected = [tuple(letters[tag[0]] + tag[1:] for tag in tags) for tags in bioes]
    if scheme == "IOB1":
        assert expected != [iob1(tags) for tags in expected]
        expected = [iob1(tags) for tags in expected]
    assert tags_of(Tagger.load(any_model, scheme=scheme).tag(sentences)) == expected


def test_the_scheme_of_the_training_file_is_the_default(any_model):
    sentences = random_sentences(20, 12, seed=4)
    assert Tagger.load(any_model).tag(sentences) == Tagger.load(any_model, scheme="IOB2").tag(sentences)
    assert Tagger.load(any_model).scheme.name == "IOB2"


def test_an_unknown_scheme_is_an_error_that_names_the_known_ones(model):
    with pytest.raises(ConfigError, match=r"'BIO'.*IOB1.*BIOES"):
        Tagger.load(model, scheme="BIO")


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_change_no_tag(any_model, tagger, threads):
    sentences = random_sentences(40, 12, seed=5)
    assert Tagger.load(any_model, threads=threads).tag(sentences) == tagger.tag(sentences)


def test_a_model_runs_from_any_path(copied_model, tmp_path, monkeypatch):
    expected = Tagger.load(copied_model).tag([WORDS])
    odd = tmp_path / "modèle 模型 #1%20"
    copied_model.rename(odd)
    linked = tmp_path / "linked"
    linked.mkdir()
    for part in odd.iterdir():
        (linked / part.name).symlink_to(part)
    monkeypatch.chdir(odd)
    assert [Tagger.load(path).tag([WORDS]) for path in (odd, str(odd), ".", linked)] == [expected] * 4


def test_a_network_that_is_no_onnx_file_is_named(model, tmp_path):
    path = tmp_path / NETWORK
    for content in (b"", b"no network", (model / NETWORK).read_bytes()[:-100], (model / NETWORK).read_bytes()):
        path.write_bytes(content)  # the last one whole, but without the weights beside it
        with pytest.raises(BundleError, match=r"network\.onnx: ONNX Runtime cannot load it: .") as caught:
            Session(path)
        assert "\n" not in str(caught.value)
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    Session(path)
