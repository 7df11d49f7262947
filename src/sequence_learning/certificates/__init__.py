"""What every encoder promises, measured: one small function per certificate, and a table of all of them."""
