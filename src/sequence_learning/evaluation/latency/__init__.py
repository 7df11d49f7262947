"""What fitted models cost to use: time, memory, size on disk and operations, on one thread of a described machine."""
