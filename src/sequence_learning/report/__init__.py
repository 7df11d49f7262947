"""The report: one HTML file that begins with the decision and holds all its evidence.

``sections`` says what is told, in terms of ``blocks``; ``page`` makes HTML of them.
"""
