"""Search for better options, with the same budget for every model.

A search is one Optuna study of one model: its first trial is the model as configured, the next are random, those that
follow are drawn by TPE, and whichever comes first of a number of trials and a number of CPU-seconds ends it. Validation
rows decide; test rows are not read.
"""

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS

#: What has options to search, in the order of the registries.
TUNABLE = (*ENCODERS, *(name for name in BASELINES if name != "predict_the_mean"))
