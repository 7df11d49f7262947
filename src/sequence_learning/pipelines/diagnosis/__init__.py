"""Every encoder on every task with known truth."""
