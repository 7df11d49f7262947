"""Real data sets that come inside packages, as the two tables of the data contract."""
