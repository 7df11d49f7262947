"""What each encoder learns of tasks whose best possible score is known."""
