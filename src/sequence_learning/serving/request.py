"""The body of a request, made of the first rows of two tables.

uv run python -m sequence_learning.serving.request --bundle data/06_models/smoke/bundle \
    --entities data/01_raw/smoke/entities.parquet --events data/01_raw/smoke/events.parquet --rows 2 > request.json
"""

import argparse
from pathlib import Path

import pandas as pd

from sequence_learning.inference import Bundle
from sequence_learning.serving.wide import wide_table


def request_body(bundle: Bundle, entities: pd.DataFrame, events: pd.DataFrame) -> str:
    """JSON as ``/invocations`` takes it: a record per entity, its events as lists; what is missing is null."""
    wide = wide_table(bundle, entities, events[events[bundle.schema.id].isin(entities[bundle.schema.id])])
    return f'{{"dataframe_records": {wide.to_json(orient="records", double_precision=15)}}}'


def main(arguments: list[str] | None = None) -> None:
    """Print the body."""
    parser = argparse.ArgumentParser(description="Print the JSON body of a request for the first rows of two tables.")
    parser.add_argument("--bundle", type=Path, required=True, help="folder of the bundle")
    parser.add_argument("--entities", type=Path, required=True, help="Parquet file")
    parser.add_argument("--events", type=Path, required=True, help="Parquet file")
    parser.add_argument("--rows", type=int, default=1, help="entities, from the first on")
    given = parser.parse_args(arguments)
    entities = pd.read_parquet(given.entities).head(given.rows)
    print(request_body(Bundle.load(given.bundle), entities, pd.read_parquet(given.events)))


if __name__ == "__main__":
    main()
