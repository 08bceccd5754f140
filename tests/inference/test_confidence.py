import json
import tracemalloc
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from legal_sequences import legal_paths, log_sum, no_moves, path_scores, random_moves

from tagger.corpus.entities import entities_of
from tagger.corpus.schemes import SCHEMES
from tagger.corpus.sentence import Sentence
from tagger.errors import BundleError, ConfigError, DataError
from tagger.features.batching import encode, pad
from tagger.inference.bundle import MANIFEST, Bundle, write_manifest
from tagger.inference.tagger import Tagger
from tagger.inference.temperature import HIGHEST, LOWEST

WORDS = ["Anna", "Weber", "lives", "in", "Trieste", ".", "Harbour", "Office", "12", "LONDON", "a\u00a0b", "?"]
MODEL_TEMPERATURE = 1.5  # that of conftest's models

sentences_of_words = st.lists(st.lists(st.sampled_from(WORDS), max_size=9), max_size=12)


def random_sentences(count, longest, seed=0):
    generator = np.random.default_rng(seed)
    return [generator.choice(WORDS, size=length).tolist() for length in generator.integers(1, longest, size=count)]


@pytest.fixture(scope="module", params=["softmax", "crf"])
def case(request, model):
    """A tagger whose tags are in BIOES, and what the moves of its sequences add to their scores."""
    if request.param == "softmax":
        tagger = Tagger.load(model, scheme="BIOES")
        return tagger, no_moves(len(tagger.labels))
    bundle = Bundle.open(model)
    moves = random_moves(len(bundle.labels()), spread=2.0)
    parts = bundle.vocabulary(), bundle.labels(), SCHEMES["BIOES"], bundle.session()
    return Tagger(*parts, moves=moves, temperature=MODEL_TEMPERATURE), moves


def all_of(tokens, model, moves, temperature=MODEL_TEMPERATURE):
    """The tags of every legal sequence of a sentence, and their log-probabilities."""
    bundle = Bundle.open(model)
    scores = bundle.session().scores(pad(encode([Sentence(tuple(tokens))], bundle.vocabulary()), np.array([0])))[0]
    paths = legal_paths(bundle.labels(), len(tokens))
    totals = path_scores(scores, paths, moves) / temperature
    return [tuple(bundle.labels()[place] for place in path) for path in paths.tolist()], totals - log_sum(totals)


def test_an_entity_is_as_likely_as_all_sequences_that_have_it(case, model):
    (tagger, moves), seen = case, 0
    sentences = random_sentences(12, 4)
    for tokens, found in zip(sentences, tagger.predict(sentences), strict=True):
        sequences, logs = all_of(tokens, model, moves)
        having = [set(entities_of(tags)) for tags in sequences]
        expected = [np.exp(logs[[entity in some for some in having]]).sum() for entity in found.sentence.entities]
        assert found.confidences == pytest.approx(expected, rel=1e-4)
        seen += len(expected)
    assert seen > 5


def test_the_n_best_are_the_first_of_all_sequences(case, model):
    tagger, moves = case
    sentences = random_sentences(6, 4, seed=1)
    for tokens, candidates in zip(sentences, tagger.n_best(sentences, 5), strict=True):
        sequences, logs = all_of(tokens, model, moves)
        order = np.argsort(-logs)[:5]
        assert [one.sentence for one in candidates] == [Sentence(tuple(tokens), sequences[place]) for place in order]
        assert [one.log_probability for one in candidates] == pytest.approx(logs[order], abs=1e-4)
        assert candidates[0].sentence == tagger.tag([tokens])[0]


def test_there_are_no_more_candidates_than_sequences(case):
    tagger, _ = case
    (candidates,) = tagger.n_best([["Anna"]], 100)
    assert len(candidates) == 1 + 3  # O and a single token of each type
    assert sum(np.exp(one.log_probability) for one in candidates) == pytest.approx(1.0)


def test_predictions_are_tagged_as_ever_and_have_a_confidence_for_each_entity(case):
    tagger, _ = case
    sentences = random_sentences(150, 30, seed=2)
    predictions = tagger.predict(sentences)
    assert [prediction.sentence for prediction in predictions] == tagger.tag(sentences)
    for prediction in predictions:
        assert len(prediction.confidences) == len(prediction.sentence.entities)
        assert all(0.0 < confidence <= 1.0 for confidence in prediction.confidences)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_scheme_changes_no_confidence(model, scheme):
    sentences = random_sentences(60, 12, seed=4)
    expected = Tagger.load(model, scheme="BIOES").predict(sentences)
    found = Tagger.load(model, scheme=scheme).predict(sentences)
    assert [one.confidences for one in found] == [one.confidences for one in expected]
    assert [one.sentence.entities for one in found] == [one.sentence.entities for one in expected]


@settings(deadline=None, max_examples=40)
@given(
    sentences_of_words.flatmap(lambda sentences: st.tuples(st.just(sentences), st.permutations(range(len(sentences)))))
)
def test_neither_batch_mates_nor_their_order_matter(case, drawn):
    (tagger, _), (sentences, order) = case, drawn
    together = tagger.predict([sentences[place] for place in order])
    best = tagger.n_best([sentences[place] for place in order], 2)
    for row, place in enumerate(order):
        (alone,) = tagger.predict([sentences[place]])
        assert together[row].sentence == alone.sentence
        assert together[row].confidences == pytest.approx(alone.confidences, rel=1e-4)
        (own,) = tagger.n_best([sentences[place]], 2)
        logs = [one.log_probability for one in own]
        assert [one.log_probability for one in best[row]] == pytest.approx(logs, abs=1e-3)


def test_nothing_and_empty_sentences_have_their_places(case):
    tagger, _ = case
    assert tagger.predict([]) == []
    assert tagger.n_best([], 3) == []
    first, _, last = tagger.predict([[], ["Anna"], Sentence(())])
    assert first == last
    assert (first.sentence, first.confidences) == (Sentence((), ()), ())
    ((candidate,),) = tagger.n_best([[]], 3)
    assert (candidate.sentence, candidate.log_probability) == (Sentence((), ()), 0.0)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_just_the_entities_below_the_minimum_are_left_out(model, scheme):
    tagger = Tagger.load(model, scheme=scheme)
    sentences = random_sentences(80, 14, seed=5)
    predictions = tagger.predict(sentences)
    all_confidences = sorted(confidence for one in predictions for confidence in one.confidences)
    minimum = all_confidences[len(all_confidences) // 2]  # one is exactly so likely, and stays
    kept = 0
    for prediction, sentence in zip(predictions, tagger.tag(sentences, min_confidence=minimum), strict=True):
        pairs = zip(prediction.sentence.entities, prediction.confidences, strict=True)
        expected = tuple(entity for entity, confidence in pairs if confidence >= minimum)
        assert sentence.tokens == prediction.sentence.tokens
        assert sentence.entities == expected
        assert sentence.tags == tagger.scheme.tags_of(expected, len(sentence.tokens))
        kept += len(expected)
    assert kept == len(all_confidences) - len(all_confidences) // 2


def test_a_minimum_of_nothing_leaves_all_and_one_of_certainty_what_is_certain(tagger):
    sentences = random_sentences(40, 14, seed=6)
    assert tagger.tag(sentences, min_confidence=0.0) == tagger.tag(sentences)
    assert tagger.tag(sentences, min_confidence=1e-300) == tagger.tag(sentences)
    assert not any(sentence.entities for sentence in tagger.tag(sentences, min_confidence=1.0))


@pytest.mark.parametrize("minimum", [-0.1, 1.1, float("nan"), float("inf"), "0.5", None, True, False, np.True_, 1j])
def test_a_minimum_that_is_no_probability_is_an_error_that_names_the_argument(tagger, minimum):
    with pytest.raises(ConfigError) as raised:
        tagger.tag([["Anna"]], min_confidence=minimum)
    assert str(raised.value) == f"min_confidence: {minimum!r} is not a number from 0 to 1"


@pytest.mark.parametrize("number", [np.float64, np.float32, Fraction])
def test_a_minimum_may_be_any_real_number(tagger, number):
    sentences = random_sentences(40, 14, seed=6)
    fewer = tagger.tag(sentences, min_confidence=0.5)
    assert tagger.tag(sentences, min_confidence=number(0.5)) == fewer != tagger.tag(sentences)


def test_a_minimum_of_few_digits_is_compared_with_all_digits_of_a_probability(tagger):
    """In float32 half of the probabilities just below a minimum would be as large as it."""
    sentences = random_sentences(40, 14, seed=6)
    confidences = {confidence for one in tagger.predict(sentences) for confidence in one.confidences}
    minimum = next(near for one in sorted(confidences) if float(near := np.float32(one)) > one)
    kept = sum(len(sentence.entities) for sentence in tagger.tag(sentences, min_confidence=minimum))
    assert kept == sum(
        confidence > float(minimum) for one in tagger.predict(sentences) for confidence in one.confidences
    )


def test_whole_numbers_are_minima_too(tagger):
    sentences = random_sentences(40, 14, seed=6)
    assert tagger.tag(sentences, min_confidence=np.int64(0)) == tagger.tag(sentences)
    assert tagger.tag(sentences, min_confidence=1) == tagger.tag(sentences, min_confidence=1.0)


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_candidates_than_one_is_an_error(tagger, count):
    with pytest.raises(ConfigError, match=f"^count: {count} is less than 1$"):
        tagger.n_best([["Anna"]], count)


@pytest.mark.parametrize("count", [2.5, 2.0, True, "2", None, np.float64(2.0)])
def test_a_count_that_is_no_whole_number_is_an_error_that_names_the_argument(tagger, count):
    with pytest.raises(ConfigError) as raised:
        tagger.n_best([["Anna"]], count)
    assert str(raised.value) == f"count: {count!r} is not a whole number"


def test_a_count_may_be_any_whole_number(tagger):
    assert tagger.n_best([["Anna", "lives"]], np.int64(3)) == tagger.n_best([["Anna", "lives"]], 3)


def test_a_count_beyond_all_sequences_takes_no_more_than_they_do(case):
    """Of two tokens there are 4 * 4 sequences of O and singles of 3 types, and 3 of one entity of both."""
    tagger, _ = case
    sentences = [["Anna", "lives"], [], ["Anna"]]
    found = tagger.n_best(sentences, 10**30)
    assert [len(candidates) for candidates in found] == [4 * 4 + 3, 1, 4]
    assert found == tagger.n_best(sentences, 19)


def peak_of(call):
    """What a call gives, and how much memory was in use at most."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_many_candidates_are_sought_of_fewer_sentences_at_once(case, monkeypatch):
    """Of 64 sentences of 12 tokens at once the places alone are 64 * 12 * 13 * 50 numbers of two bytes, a megabyte."""
    tagger, _ = case
    sentences = [["Anna"] * 12] * 64 + random_sentences(5, 12, seed=3)
    expected, all_at_once = peak_of(lambda: tagger.n_best(sentences, 50))
    monkeypatch.setattr("tagger.inference.tagger._PLACES", 12 * 13 * 50)
    found, one_by_one = peak_of(lambda: tagger.n_best(sentences, 50))
    assert [[one.sentence for one in some] for some in found] == [[one.sentence for one in some] for some in expected]
    assert all_at_once - one_by_one > 64 * 12 * 13 * 50 * 2


def test_what_would_take_too_much_room_for_one_sentence_is_an_error(case):
    tagger, _ = case
    with pytest.raises(ConfigError, match=r"^count: 1000000000 .* of 40 tokens .*; ask for \d+ at most$") as raised:
        tagger.n_best([["Anna"], ["Anna"] * 40], 10**9)
    assert "\n" not in str(raised.value)


def with_temperature(directory, temperature):
    from dataclasses import replace

    write_manifest(directory, replace(Bundle.open(directory).manifest, temperature=temperature))
    return directory


def test_the_models_temperature_is_the_taggers(copied_model):
    sentences = random_sentences(5, 4, seed=7)
    hot = Tagger.load(with_temperature(copied_model, 5.0), scheme="BIOES")
    moves = no_moves(len(hot.labels))
    for tokens, (candidate,) in zip(sentences, hot.n_best(sentences, 1), strict=True):
        assert candidate.log_probability == pytest.approx(all_of(tokens, copied_model, moves, 5.0)[1].max(), abs=1e-4)
    assert json.loads((copied_model / MANIFEST).read_text())["temperature"] == 5.0


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf"), "1", None])
def test_a_temperature_that_is_none_is_refused(copied_model, temperature):
    with pytest.raises(BundleError, match=MANIFEST):
        Tagger.load(with_temperature(copied_model, temperature))


def test_the_fit_to_what_is_always_right_is_the_lowest_to_what_never_is_the_highest_and_to_nothing_one(case):
    """An entity of a type that the network does not know is wrong as any other is."""
    tagger, _ = case
    own = tagger.tag(random_sentences(30, 9, seed=8))
    strange = [Sentence(sentence.tokens, ("S-unknown",) * len(sentence.tokens)) for sentence in own]
    assert tagger.fit_temperature(own) == pytest.approx(LOWEST, rel=0.01)
    assert tagger.fit_temperature([*own, Sentence(())]) == tagger.fit_temperature(own)
    assert tagger.fit_temperature(strange) == pytest.approx(HIGHEST, rel=0.01)
    assert tagger.fit_temperature([]) == 1.0


def test_the_fit_makes_what_is_right_and_wrong_likeliest_whatever_the_taggers_own(case, model):
    tagger, moves = case
    generator, gold = np.random.default_rng(0), []
    for tokens in random_sentences(100, 4, seed=9):
        sequences, logs = all_of(tokens, model, moves, temperature=0.3)
        gold.append(Sentence(tuple(tokens), sequences[generator.choice(len(logs), p=np.exp(logs))]))

    def surprise(temperature):
        total = 0.0
        for sentence, tagged in zip(gold, tagger.tag(gold), strict=True):
            sequences, logs = all_of(sentence.tokens, model, moves, temperature)
            having = [set(entities_of(tags)) for tags in sequences]
            for entity in tagged.entities:
                sure = np.exp(logs[[entity in some for some in having]]).sum()
                total -= np.log(sure if entity in sentence.entities else 1.0 - sure)
        return total

    found = tagger.fit_temperature(gold)
    assert surprise(found) < min(surprise(found * 0.95), surprise(found * 1.05))


@pytest.mark.parametrize("given", [["Anna", "lives"], "Anna", ("Anna",), None])
def test_the_fit_takes_nothing_but_sentences(tagger, given):
    kind = type(given).__name__
    with pytest.raises(DataError, match=rf"^sentence 2: expected a Sentence with its right tags, found a {kind}$"):
        tagger.fit_temperature([Sentence(("Anna",), ("B-PER",)), given])


def test_the_fit_takes_no_sentence_without_tags(tagger):
    gold = [Sentence(("Anna",), ("B-PER",)), Sentence(()), Sentence(("Anna", "lives"))]
    with pytest.raises(DataError, match=r"^sentence 3: it has no tags: 'Anna lives'$"):
        tagger.fit_temperature(iter(gold))
