"""The bases of everything that is configured by name."""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Options(BaseModel):
    """Named options. Unknown names are refused with the known ones, and nothing changes afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _only_known_names(cls, given: Any) -> Any:  # noqa: ANN401
        unknown = sorted(set(given) - set(cls.model_fields)) if isinstance(given, dict) else []
        if unknown:
            known = (
                f"correct the name: {', '.join(cls.model_fields)}" if cls.model_fields else "there are none: remove it"
            )
            raise ValueError(f"options must be known, got {', '.join(map(repr, unknown))}; {known}")
        return given


class NamedOptions(BaseModel):
    """A registered ``name``, and beside it the options of what bears that name."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def options(self) -> dict[str, object]:
        """The options without the name."""
        return dict(self.model_extra or {})
