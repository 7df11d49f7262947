"""An untrained model of small tables, bundled, and new tables that it can score."""
