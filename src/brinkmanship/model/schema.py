"""JSON Schemas of the files of a crisis, for editors: what the records accept, as it may be typed.

Scalars are text until a record says what they are, so a number may stand in quotes, and an expression may be a number.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from brinkmanship.model.ablations import Ablation
from brinkmanship.model.base import Identifier, as_list, identifier
from brinkmanship.model.documents import Evidence, History
from brinkmanship.model.questions import Question
from brinkmanship.model.records import CrisisRecord

Part = Literal["crisis", "history", "sources", "ablations", "questions"]
PARTS: dict[Part, Any] = {
    "crisis": CrisisRecord,
    "history": History,
    "sources": Evidence,
    "ablations": dict[Identifier, Ablation],
    "questions": dict[Identifier, Question],
}
"""Files and what is read from them; `crisis` is that of ``crisis.yaml`` and of every file in ``parts/``."""
SCALAR = {"type": ["string", "number", "boolean"]}
NUMERAL = {"type": "string", "pattern": r"^\s*[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$"}
NAME = {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}
TRUTH = {"type": "string", "pattern": "^(?i:true|false|yes|no|on|off|t|f|y|n|1|0)$"}


class _Typed(GenerateJsonSchema):
    """Schemas of values as they are typed into a file."""

    def str_schema(self, schema: Any) -> JsonSchemaValue:
        return dict(SCALAR)

    def float_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [super().float_schema(schema), NUMERAL]}

    def int_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [super().int_schema(schema), NUMERAL]}

    def bool_schema(self, schema: Any) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, TRUTH]}

    def dict_schema(self, schema: Any) -> JsonSchemaValue:
        found = super().dict_schema(schema)
        return {**found, "additionalProperties": False} if "patternProperties" in found else found

    def function_before_schema(self, schema: Any) -> JsonSchemaValue:
        inner = super().function_before_schema(schema)
        return {"anyOf": [dict(SCALAR), inner]} if schema["function"]["function"] is as_list else inner

    def function_after_schema(self, schema: Any) -> JsonSchemaValue:
        return dict(NAME) if schema["function"]["function"] is identifier else super().function_after_schema(schema)


def schema(part: Part) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a file of a crisis.

    It accepts all that is read without a fault of shape. What only the whole crisis can tell (names, units, chances)
    it leaves to `brink check`.
    """
    kind = TypeAdapter(PARTS[part])
    found = kind.json_schema(by_alias=True, schema_generator=_Typed, mode="validation")
    # Sections may be spread over files, and an empty one is none.
    found.pop("required", None)
    if part == "crisis":
        found["properties"] = {key: {"anyOf": [each, {"type": "null"}]} for key, each in found["properties"].items()}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found, "title": f"{part}.yaml of a crisis"}
