"""Training beside a plain loop: speed, memory, the queue."""
