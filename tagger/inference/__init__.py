"""How a model runs: NumPy and ONNX Runtime, never TensorFlow."""
