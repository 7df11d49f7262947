"""How fast training is: beside a plain PyTorch loop, measured in the same minutes."""
