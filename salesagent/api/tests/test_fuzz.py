"""The whole API, called with what nobody thought of: schemathesis with all its checks.

No answer is a 5xx, each status and body is the documented one, what the document forbids is
refused and what it allows is not, no call works without its token. Half of the ids are real ones.
"""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import negative_data_rejection

from salesagent.api import document
from salesagent.api.tests.conftest import Caller
from salesagent.api.tests.world import made

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.timeout(900)]
EXAMPLES = 8
# A document says how a value looks; whether a country exists or a lead may be moved a service says.
JUDGED = ["200", "201", "204", "304", "400", "403", "404", "409", "412", "422"]
CONFIG = {
    "checks": {
        "positive_data_acceptance": {"expected-statuses": JUDGED},
        "negative_data_rejection": {
            "expected-statuses": ["400", "401", "403", "404", "405", "409", "412", "415", "422"]
        },
    }
}
real: dict[str, Any] = {}


@schemathesis.hook("map_path_parameters")
def _some_real(context: Any, path_parameters: Any) -> Any:
    """Most ids are one of the world's."""
    for name, value in dict(path_parameters or {}).items():
        if name in real and isinstance(value, int) and value % 4:
            path_parameters[name] = real[name]
    return path_parameters


def _schema() -> Any:
    config = SchemathesisConfig.from_dict(CONFIG)
    made_here = schemathesis.openapi.from_dict(document.document(), config=config)
    made_here.app = WSGIHandler()
    return made_here


schema = _schema()


@pytest.fixture
def words(rep: Any, stranger: Any, workspace: Any, settings: Any) -> str:
    """The token of a person with one of everything; somebody else has the same."""
    settings.API_CALLS_PER_MINUTE = 10**9
    settings.ALLOWED_HOSTS = ["*"]
    world = made(rep, "Quillon")
    made(stranger, "Zephyrine")
    real.clear()
    real.update(world.ids)
    return Caller(rep, machine=False).words


def _token_left_out(case: Any) -> bool:
    """A wrong call because it has no token; we put it back, so it is right again."""
    data = case.meta.phase.data if case.meta else None
    return any(one.parameter == "Authorization" for one in getattr(data, "mutations", ()))


@schema.parametrize()
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
def test_the_whole_api(case: Any, words: str) -> None:
    with transaction.atomic():
        bearer = {"Authorization": f"Bearer {words}"}
        left_out = [negative_data_rejection] if _token_left_out(case) else []
        response = case.call_and_validate(headers=bearer, excluded_checks=left_out)
        transaction.set_rollback(True)
    assert "Zephyrine" not in response.text
