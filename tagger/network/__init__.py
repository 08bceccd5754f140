"""The model, in TensorFlow.

One alphabet of shapes throughout: B sentences, T words of the longest, E embedding, H units a direction, K tags,
V vocabulary, C language-model classes, N real tokens of a batch, S sampled classes.
"""

from tagger.network.framework import load_tensorflow

load_tensorflow()
