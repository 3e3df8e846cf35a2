"""What is measured rather than tested: stated scores, and dlsuite against plain Keras."""
