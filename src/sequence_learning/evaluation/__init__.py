"""From predictions and checkpoints to scores, costs of use, a leaderboard and plots."""
