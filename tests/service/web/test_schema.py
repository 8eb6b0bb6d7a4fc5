"""The REST interface as it describes itself: what schemathesis makes of that is answered."""

import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from counterpoise.service.app import application
from counterpoise.service.database.tables import User
from counterpoise.service.database.tokens import add_token

EXAMPLES = 60  # of each operation and kind of request
SECONDS = 120.0  # for an answer, as an overloaded machine has taken more than the usual 10
ENDLESS = "text/event-stream"  # an answer that a client in this process would wait for


@pytest.fixture
def described(system) -> tuple[object, dict[str, str]]:
    """The schema, and headers of an admin."""
    schemathesis = pytest.importorskip("schemathesis", reason="needs schemathesis")
    with system.engine.begin() as connection:
        number = connection.scalar(select(User.id).where(User.name == "admin"))
        secret = add_token(connection, number, "t", "admin", 1, "admin")
    headers = {"Authorization": f"Bearer {secret}", "Host": "127.0.0.1:8000"}
    schema = schemathesis.openapi.from_asgi(
        "/api/openapi.json", application(system), headers=headers
    )
    return schema, headers


def operations(schema) -> list:
    """All of them; those that delete come last, so that others find something."""
    found = [one.ok() for one in schema.get_all_operations()]
    return sorted(found, key=lambda operation: operation.method == "delete")


def is_endless(operation) -> bool:
    return ENDLESS in str(operation.definition.raw.get("responses", {}))


def takes_nothing(operation) -> bool:
    """Whether there is nothing in its requests that could be wrong."""
    raw = operation.definition.raw
    return not raw.get("parameters") and "requestBody" not in raw


@pytest.mark.system
@pytest.mark.timeout(1200)
def test_no_request_is_a_defect(described, seen) -> None:
    """Right requests and wrong ones; half of them for a camera that is there."""
    import schemathesis

    schema, headers = described
    checks = [
        schemathesis.checks.not_a_server_error,
        schemathesis.checks.content_type_conformance,
        schemathesis.checks.response_schema_conformance,
    ]
    for operation in operations(schema):
        if is_endless(operation):
            continue
        for mode in schemathesis.GenerationMode:
            if mode.is_negative and takes_nothing(operation):
                continue

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(generation_mode=mode), st.booleans())
            def requested(case, is_there: bool) -> None:
                if is_there and "number" in (case.path_parameters or {}):
                    case.path_parameters["number"] = seen
                case.call_and_validate(headers=headers, checks=checks, timeout=SECONDS)

            requested()


def test_every_operation_says_what_it_is_for(described) -> None:
    for operation in operations(described[0]):
        raw = operation.definition.raw
        assert raw.get("description"), operation.label
        for parameter in raw.get("parameters", []):
            assert parameter.get("description"), (operation.label, parameter["name"])


def test_every_field_of_a_request_says_what_it_is(described) -> None:
    schemas = described[0].raw_schema["components"]["schemas"]
    sent = {
        content["schema"]["$ref"].rsplit("/", 1)[1]
        for operation in operations(described[0])
        for content in operation.definition.raw.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content.get("schema", {})
    }
    assert sent
    for name in sent:
        for field, what in schemas[name].get("properties", {}).items():
            assert what.get("description"), (name, field)
