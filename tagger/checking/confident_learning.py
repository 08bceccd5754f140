"""Which labels are likely wrong, by the probabilities of a model that has not learned them.

Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels, 2021. N tokens, C classes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Classes = NDArray[np.intp]

NONE = -1
_SURE = 0.99  # is sure whatever the average is: where nearly all of a class is certain, half of it lies below


def thresholds(probabilities: Floats, given: Classes) -> Floats:
    """How sure the model is on average of each class where it is given, 0.99 at most, [C]; infinite where it never is.

    Args:
        probabilities: [N, C]. given: [N], the class of each, as annotated.
    """
    sums = np.bincount(given, probabilities[np.arange(len(given)), given], probabilities.shape[1])
    counts = np.bincount(given, minlength=probabilities.shape[1])
    means = np.divide(sums, counts, out=np.full(len(counts), np.inf), where=counts > 0)
    return np.where(counts > 0, np.minimum(means, _SURE), np.inf)


def confident_classes(probabilities: Floats, given: Classes) -> Classes:
    """The class that the model is sure of at each, [N]: the likeliest of those above their thresholds, or NONE.

    They make the confident joint with `given`; where the two differ, the annotation is likely wrong.
    """
    sure = probabilities >= thresholds(probabilities, given)
    best = np.where(sure, probabilities, -1.0).argmax(axis=1)
    classes: Classes = np.where(sure.any(axis=1), best, NONE)
    return classes
