"""The description of the API says what fields mean, though models do not know it."""

import json
import subprocess
import sys

_DESCRIBE = """
import json
from pantau.app.description import describe
from pantau.web.described import ProblemAnswer

# As in a hub that has refused something before anybody asked.
ProblemAnswer.model_rebuild(force=True)
print(json.dumps(describe()))
"""


def test_parts_of_queries_and_fields_of_answers_are_explained() -> None:
    told = subprocess.run([sys.executable, "-c", _DESCRIBE], capture_output=True, check=True)
    # What the log says comes before it.
    document = json.loads(told.stdout.splitlines()[-1])
    parts = document["paths"]["/api/cameras"]["get"]["parameters"]
    (area,) = (part for part in parts if part["name"] == "area_id")
    assert area["description"] == "0: cameras of no area."
    answer = document["components"]["schemas"]["ProblemAnswer"]["properties"]
    assert answer["request_id"]["description"].startswith("What the log calls this request")
