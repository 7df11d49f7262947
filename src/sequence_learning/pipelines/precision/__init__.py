"""Encoders in 32 bits and in bf16 to what ``training.precision: auto`` takes."""
