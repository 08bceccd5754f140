"""Training tokens per second, against the same network in PyTorch, in alternating rounds of the same batches.

    python benchmarks/training.py --work DIR --torch-python PATH

PATH is a Python that has torch and numpy. Each contender is a process of its own and they take turns, so that never
two of them run at once. The corpus and the vectors are read from the directory in TAGGER_CORPORA, by default ../shared.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from tagger.config import Config

CORPORA = Path(os.environ.get("TAGGER_CORPORA", Path(__file__).parents[2] / "shared"))
TRAIN = CORPORA / "corpora" / "conll2003" / "eng.train"
VECTORS = CORPORA / "vectors" / "glove.6B.100d.200k.txt"

ROUNDS, WARM_UP = 5, 10
STEPS = {32: 100, 128: 40}  # of a round, by the sentences of a batch
WORDS, EMBEDDING, UNITS = 15, 100, 128  # WORDS: of a sentence where the LSTM runs alone
RATE, INPUT_DROPOUT, OUTPUT_DROPOUT, CLIP_NORM = 0.004, 0.3, 0.5, 1.0
PROGRAM, KERAS, TORCH, TORCH_DENSE = "tagger", "Keras", "PyTorch, sparse", "PyTorch, dense"

Arrays: TypeAlias = "dict[str, np.ndarray]"
Measure: TypeAlias = Callable[[int], None]


@dataclass(frozen=True)
class Setting:
    """What to measure: the step of `layers` layers, or with none the LSTM alone, forward and back."""

    contender: str
    layers: int
    size: int
    head: bool = False

    @property
    def name(self) -> str:
        """As the table has it."""
        what = f"{self.layers} layer{'s' * (self.layers > 1)}" if self.layers else "LSTM alone"
        return f"{what}, batch {self.size}{', head' * self.head}"


def main() -> None:
    """Measure every setting, or serve as the contender of this program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="directory for the batches")
    parser.add_argument("--torch-python", type=Path, help="a Python with torch; without it ours alone is measured")
    parser.add_argument("--train", type=Path, default=TRAIN)
    parser.add_argument("--vectors", type=Path, default=VECTORS)
    parser.add_argument("--sort-pool", type=int, default=1, help="as that of `tagger train`: 50 pads least")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    batches = arguments.work / "batches.npz"
    if arguments.serve:
        serve_program(arguments, batches)
        return
    here = Path(__file__)
    files = ["--train", str(arguments.train), "--vectors", str(arguments.vectors), "--work", str(arguments.work)]
    files += ["--sort-pool", str(arguments.sort_pool)]
    with started([sys.executable, str(here), "--serve", *files]) as ours:
        if arguments.torch_python is None:
            compare({PROGRAM: ours, KERAS: ours})
            return
        with started([str(arguments.torch_python), str(here.with_name("pytorch_step.py")), str(batches)]) as torch:
            compare({PROGRAM: ours, KERAS: ours, TORCH: torch, TORCH_DENSE: torch})


def compare(processes: "dict[str, subprocess.Popen[str]]") -> None:
    """Print the medians over the rounds, with the least and the greatest, of every setting."""
    print(f"| tokens/s, median of {ROUNDS} rounds (min-max) | {PROGRAM} | other | | {PROGRAM} / other |")
    print("|---|---|---|---|---|")
    for group in groups():
        settings = [setting for setting in group if setting.contender in processes]
        rates: dict[Setting, list[float]] = {setting: [] for setting in settings}
        for number in range(ROUNDS + 1):
            for setting in settings:
                rate = asked(processes[setting.contender], setting)
                if number > 0:
                    rates[setting].append(rate)
        print_rows(settings, rates)


def groups() -> Iterator[list[Setting]]:
    """The contenders that take turns, a setting at a time."""
    for size in STEPS:
        yield [Setting(contender, 0, size) for contender in (PROGRAM, KERAS, TORCH)]
    for layers in (1, 2):
        for size in STEPS:
            yield [Setting(contender, layers, size) for contender in (PROGRAM, TORCH, TORCH_DENSE)]
            yield [Setting(PROGRAM, layers, size, head=True)]


def print_rows(settings: Sequence[Setting], rates: dict[Setting, list[float]]) -> None:
    ours, *others = settings
    if not others:
        print(f"| {ours.name} | {described(rates[ours])} | - | - | - |", flush=True)
    for other in others:
        ratio = median(rates[ours]) / median(rates[other])
        rival = other.contender if other.layers else other.contender.partition(",")[0]
        print(
            f"| {ours.name} | {described(rates[ours])} | {rival} | {described(rates[other])} | {ratio:.2f} |",
            flush=True,
        )


def described(rates: Sequence[float]) -> str:
    return f"{median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})"


@contextmanager
def started(command: list[str]) -> "Iterator[subprocess.Popen[str]]":
    """A contender that has said that it is ready."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        answer(process)
        yield process
        process.stdin.close()


def asked(process: "subprocess.Popen[str]", setting: Setting) -> float:
    """Tokens per second of one round."""
    assert process.stdin is not None
    process.stdin.write(json.dumps(asdict(setting)) + "\n")
    process.stdin.flush()
    return float(answer(process))


def answer(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        sys.exit(f"a contender ended before it answered: {process.args!r}")
    return line


def serve(make: Callable[[Setting], Measure], arrays: Arrays) -> None:
    """Answer each setting that is read with its tokens per second; the last two settings stay warm."""
    kept = lru_cache(maxsize=2)(make)
    print("ready", flush=True)
    for line in sys.stdin:
        setting = Setting(**json.loads(line))
        step, steps = kept(setting), round_of(setting)
        started_at = time.perf_counter()
        for number in steps:
            step(number)
        seconds = time.perf_counter() - started_at
        print(sum(tokens_of(setting, number, arrays) for number in steps) / seconds, flush=True)


def round_of(setting: Setting) -> range:
    """The batches of a round; every eighth one where a step moves all rows of the embedding and so takes long."""
    return range(0, STEPS[setting.size], 8 if setting.contender == TORCH_DENSE else 1)


def tokens_of(setting: Setting, number: int, arrays: Arrays) -> int:
    return int(batch_of(arrays, setting.size, number)[1].sum()) if setting.layers else WORDS * setting.size


def batch_of(arrays: Arrays, size: int, number: int) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
    """Word ids [B, T], lengths [B] and tag ids [B, T]."""
    word_ids, lengths, tag_ids = (arrays[f"{size}.{number}.{part}"] for part in ("word_ids", "lengths", "tag_ids"))
    return word_ids, lengths, tag_ids


def serve_program(arguments: argparse.Namespace, place: Path) -> None:
    """Prepare as `tagger train` does, save the batches for the others, and serve."""
    from tagger.network import load_tensorflow

    load_tensorflow()  # quietly and with the threads of a training run; only then by name
    import tensorflow as tf

    from tagger.features.batching import Batch, shuffled_batches
    from tagger.network.network import Network
    from tagger.training.learner import Learner
    from tagger.training.prepare import prepare
    from tagger.training.request import TrainRequest

    tf.config.experimental.enable_op_determinism()
    asked = TrainRequest(
        arguments.train, place.with_name("model"), vectors=arguments.vectors, config=step_config(1, False)
    )
    prepared = prepare(asked)
    matrix = prepared.network.embedding.matrix.numpy()
    labels = len(prepared.plan.labels)
    arrays: Arrays = {"matrix": matrix, "tags": np.array(labels)}
    for size, steps in STEPS.items():
        epoch = shuffled_batches(prepared.train, size, np.random.default_rng(1), pool=arguments.sort_pool)
        for number, batch in zip(range(steps), epoch, strict=False):
            for part in ("word_ids", "lengths", "tag_ids"):
                arrays[f"{size}.{number}.{part}"] = getattr(batch, part)
    np.savez(place, **arrays)

    def make(setting: Setting) -> Measure:
        if not setting.layers:
            return lstm_alone(setting)
        asked_for = step_config(setting.layers, setting.head)
        config = replace(prepared.plan.config, encoder=asked_for.encoder, language_model=asked_for.language_model)
        learner = Learner(Network(matrix, prepared.plan.vocabulary, prepared.plan.labels, config), config)
        batches = []
        for number in range(STEPS[setting.size]):
            word_ids, lengths, tag_ids = batch_of(arrays, setting.size, number)
            batches.append(Batch(np.arange(len(lengths)), lengths, word_ids, tag_ids))

        def step(number: int) -> None:
            learner.step(batches[number], number, RATE)

        return warmed(step)

    serve(make, arrays)


def warmed(step: Measure) -> Measure:
    """A step that has been taken a few times."""
    for number in range(WARM_UP):
        step(number)
    return step


def step_config(layers: int, head: bool) -> "Config":
    from tagger.config import CharacterConfig, Config, EncoderConfig, LanguageModelConfig, TrainingConfig

    encoder = EncoderConfig(UNITS, layers, input_dropout=INPUT_DROPOUT, output_dropout=OUTPUT_DROPOUT)
    language_model = LanguageModelConfig() if head else LanguageModelConfig(lm_weight=0.0)
    return Config(
        characters=CharacterConfig("none"),
        encoder=encoder,
        language_model=language_model,
        training=TrainingConfig("nadam", RATE, clip_norm=CLIP_NORM, average_decay=0.0),
    )


def lstm_alone(setting: Setting) -> Measure:
    """Both directions forward and back, by our kernel or by Keras's layer, over inputs without padding."""
    import keras
    import tensorflow as tf

    from tagger.network.encoder import pack
    from tagger.network.recurrence import lstm

    layers = [keras.layers.LSTM(UNITS, return_sequences=True) for _ in range(2)]
    for layer in layers:
        layer.build((None, None, EMBEDDING))
    weights = [[variable.value for variable in layer.trainable_variables] for layer in layers]
    inputs = tf.random.stateless_normal([setting.size, WORDS, EMBEDDING], [0, 0])
    packing = pack(tf.fill([setting.size], WORDS))
    if setting.contender == PROGRAM:
        inputs = packing.pack(inputs)

    @tf.function(autograph=False)
    def both(inputs: tf.Tensor) -> object:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            if setting.contender == PROGRAM:
                orders = packing.onward, packing.reverse
                states = [lstm(inputs, order, *own) for order, own in zip(orders, weights, strict=True)]
            else:
                orders = inputs, tf.reverse(inputs, [1])
                states = [layer(order) for layer, order in zip(layers, orders, strict=True)]
            total = tf.reduce_sum(tf.concat(states, axis=-1))
        gradients = tape.gradient(total, [inputs, *weights[0], *weights[1]])
        return total, gradients

    return warmed(lambda number: both(inputs)[0].numpy())


if __name__ == "__main__":
    main()
