"""Scores, summaries and checkpoints of some encoders to latency, leaderboard and plots."""
