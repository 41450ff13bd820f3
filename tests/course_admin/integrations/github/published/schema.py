"""Whether a request's body is what GitHub's own description says: the few words of JSON Schema that it uses."""

import json
from pathlib import Path
from typing import Any

REQUESTS: dict[str, Any] = json.loads((Path(__file__).parent / "requests.json").read_text())
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


def problems(value: Any, schema: dict[str, Any], where: str = "body") -> list[str]:
    """Return what is wrong with a value; a field that the schema does not know is wrong, too."""
    choices = schema.get("oneOf") or schema.get("anyOf")
    found = []
    if choices and not any(not problems(value, {**each, "additionalProperties": True}, where) for each in choices):
        found.append(f"{where} fits none of {len(choices)} schemas")
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds) and not (value is None and schema.get("nullable")):
        return [*found, f"{where} is no {' or '.join(kinds)}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where} is none of {schema['enum']}")
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        found.append(f"{where} is longer than {schema['maxLength']}")
    if isinstance(value, list):
        if len(value) > schema.get("maxItems", len(value)):
            found.append(f"{where} has more than {schema['maxItems']} items")
        for place, item in enumerate(value):
            found += problems(item, schema.get("items", {}), f"{where}[{place}]")
    if isinstance(value, dict) and "properties" in schema:
        found += _fields(value, schema, where)
    return found


def _fields(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    found = [f"{where} lacks {name}" for name in schema.get("required", []) if name not in value]
    for name, each in value.items():
        if name in schema["properties"]:
            found += problems(each, schema["properties"][name], f"{where}.{name}")
        elif schema.get("additionalProperties") is not True:
            found.append(f"{where} has {name}, which GitHub does not know")
    return found


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (kind in ("integer", "number") and isinstance(value, bool))
