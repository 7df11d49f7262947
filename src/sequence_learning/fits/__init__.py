"""Many fits, of encoders and baselines: one queue, and a store that keeps each as soon as it has ended."""
