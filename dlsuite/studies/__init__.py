"""What starts runs: comparisons of whole trainings."""
