"""Applications that have nothing in common, all through the same `experiment.run`."""
