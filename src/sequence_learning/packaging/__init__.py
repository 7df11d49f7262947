"""From what a run left to a bundle: which model, how sure it is, what its card says."""
