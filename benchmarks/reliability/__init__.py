"""What dlsuite promises when things go wrong, measured: `python -m benchmarks.reliability`."""
