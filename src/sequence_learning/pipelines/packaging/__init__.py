"""Packaging stage."""
