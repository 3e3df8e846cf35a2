"""A tiny classifier of KerasHub in a folder of its own, as `save_to_preset` leaves it."""

import tempfile
from functools import cache

CLASSES = 5
SCALE, OFFSET = (0.01, 0.02, 0.03), (-1.0, -2.0, -3.0)


@cache
def preset() -> str:
    import keras_hub as hub

    backbone = hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64],
        stackwise_num_blocks=[1],
        stackwise_num_strides=[1],
        block_type="basic_block",
        image_shape=(None, None, 3),
    )
    converter = hub.layers.ResNetImageConverter(scale=SCALE, offset=OFFSET, image_size=(8, 8))
    folder = tempfile.mkdtemp(prefix="preset")
    hub.models.ResNetImageClassifier(
        backbone=backbone,
        num_classes=CLASSES,
        preprocessor=hub.models.ResNetImageClassifierPreprocessor(converter),
    ).save_to_preset(folder)
    return folder
