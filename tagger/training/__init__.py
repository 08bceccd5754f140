"""How the network learns, in TensorFlow, and how it leaves TensorFlow."""
