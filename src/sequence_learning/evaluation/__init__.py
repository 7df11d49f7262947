"""From predictions and checkpoints to scores, latency, a leaderboard and plots."""
