"""The model, in TensorFlow. One alphabet of shapes throughout:

B sentences, T words of the longest, E embedding, H units a direction, K tags, V vocabulary, C language-model classes,
N real tokens of a batch, S sampled classes.
"""

import os

# Both are read when TensorFlow and Keras are first imported, so they must be set before.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"
