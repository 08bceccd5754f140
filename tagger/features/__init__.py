"""Sentences to arrays, with NumPy alone: the one path that training and tagging share."""
