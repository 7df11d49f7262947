"""What is said of the approaches, put to the test."""
