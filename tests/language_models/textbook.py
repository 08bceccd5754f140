"""Language models by the book: the equations in float64, one id after the other, from a directory's safetensors."""

import numpy as np
import onnxruntime
from safetensors.numpy import load_file

PAD, UNK, START, END = range(4)


class Textbook:
    """One direction of a model that reads ids one by one."""

    def __init__(self, directory, direction):
        self.weights = {
            name: np.float64(weight) for name, weight in load_file(directory / "weights.safetensors").items()
        }
        self.direction = direction
        layers = sum(name.endswith(f".{direction}.kernel") and name.startswith("encoder.") for name in self.weights)
        self.cells = [[self.weights[f"encoder.{layer}.{direction}.{name}"] for name in ("kernel", "recurrent", "bias")]
                      for layer in range(layers)]  # fmt: skip
        self.bias = self.weights[f"language_model.{direction}.bias"]
        self.restart()

    def restart(self):
        self.carried = [(np.zeros(len(recurrent)), np.zeros(len(recurrent))) for _, recurrent, _ in self.cells]

    def read(self, row, features=()):
        """The last layer's state after one more id (Hochreiter and Schmidhuber 1997)."""
        below = np.concatenate([self.weights["embedding"][row], features])
        for layer, (kernel, recurrent, bias) in enumerate(self.cells):
            state, cell = self.carried[layer]
            i, f, g, o = np.split(below @ kernel + state @ recurrent + bias, 4)
            cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(g)
            below = sigmoid(o) * np.tanh(cell)
            self.carried[layer] = below, cell
        return below

    def log_probabilities(self, state):
        """Of rows 1, 2, ... of the matrix."""
        rows = self.weights["embedding"][1 : len(self.bias) + 1]
        logits = [
            (state @ self.weights[f"language_model.{self.direction}.projection"]) @ row for row in rows
        ] + self.bias
        return logits - np.log(np.sum(np.exp(logits)))

    def log_probability(self, state, row):
        return self.log_probabilities(state)[(row if row <= len(self.bias) else UNK) - 1]


def sigmoid(values):
    return 1.0 / (1.0 + np.exp(-values))


def spelling(directory, alphabet):
    """What the character encoder makes of a word, by itself; without one, nothing."""
    if not (directory / "spelling.onnx").exists():
        return lambda word: ()
    session = onnxruntime.InferenceSession(directory / "spelling.onnx", providers=["CPUExecutionProvider"])

    def features(word):
        ids = [START, *(4 + alphabet.index(letter) if letter in alphabet else UNK for letter in word), END]
        feeds = {"char_ids": np.array([ids], np.int32), "char_lengths": np.array([len(ids)], np.int32)}
        return np.float64(session.run(None, feeds)[0][0])

    return features
