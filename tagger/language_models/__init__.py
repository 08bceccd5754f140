"""How a language model runs (NumPy, ONNX Runtime): how well it knows a text, and what it would write itself."""
