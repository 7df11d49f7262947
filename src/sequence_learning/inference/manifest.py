"""What a bundle says of itself, and the checksums of all that it holds."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sequence_learning import __version__
from sequence_learning.parameters import Task

#: Rises with every change that older releases could not read.
FORMAT = 1

_LIBRARIES = ("numpy", "onnxruntime", "pandas", "torch")

#: A file's name, never a path: nothing outside the folder can be meant.
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$")]


class _Plain(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileEntry(_Plain):
    """A file by its content."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The entry that ``content`` should have."""
        return cls(sha256=hashlib.sha256(content).hexdigest(), size=len(content))


class Inputs(_Plain):
    """The raw columns that predictions are made from, and their pandas types when the model was trained."""

    entities: dict[str, str]
    events: dict[str, str]


class Manifest(_Plain):
    """The bundle's own description.

    Attributes:
        format: of the bundle, see :data:`FORMAT`.
        package: release of this package that made it.
        libraries: releases of those that numbers may depend on.
        made: when.
        data: name of the data.
        encoder: the encoder's registered name.
        seed: of the fit.
        task: kind of target.
        inputs: what predictions are made from.
        files: all others in the folder, by name.
    """

    format: int = Field(ge=1, le=FORMAT)
    package: str
    libraries: dict[str, str]
    made: AwareDatetime
    data: str
    encoder: str
    seed: int
    task: Task
    inputs: Inputs
    files: dict[FileName, FileEntry]

    @classmethod
    def of(  # noqa: D417  # the others are the attributes
        cls, files: Mapping[str, bytes], *, data: str, encoder: str, seed: int, task: Task, inputs: Inputs
    ) -> Self:
        """Describe a bundle that is made now.

        Args:
            files: content by name.
        """
        return cls(
            format=FORMAT,
            package=__version__,
            libraries={name: version(name) for name in _LIBRARIES},
            made=datetime.now(UTC).replace(microsecond=0),
            data=data,
            encoder=encoder,
            seed=seed,
            task=task,
            inputs=inputs,
            files={name: FileEntry.of(content) for name, content in sorted(files.items())},
        )
