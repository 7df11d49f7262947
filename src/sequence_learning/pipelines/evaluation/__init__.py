"""Scores and fitted models of some encoders and baselines to latency, leaderboard and plots."""
