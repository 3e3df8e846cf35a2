"""A user's own module beside the recipes."""

NOT_A_FUNCTION = 3


def my_model(input_shape, num_classes, depth, width=8):
    """No annotations: names are checked, values are not."""
    return depth * width
