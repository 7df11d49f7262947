"""Changes to the configuration to what each is worth."""
