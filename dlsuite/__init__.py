"""dlsuite: train, understand and ship the standard deep-learning models on Keras 3 and TensorFlow.

One letter per axis, everywhere in this package:

    B  batch            H  height          W  width            C  channels
    T  time steps       D  features        V  vocabulary       N  boxes or examples
    A  anchors          K  classes         Z  latent

Importing this package imports neither TensorFlow nor MLflow.
"""

__version__ = "0.1.0"
