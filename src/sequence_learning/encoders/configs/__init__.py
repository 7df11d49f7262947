"""The options of each encoder, a file for each; nothing here waits for PyTorch."""
