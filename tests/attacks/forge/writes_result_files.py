# threat: T01
# expect: no point
import json
import os

RESULT = json.dumps({"score": 100, "tests": [{"name": "all", "score": 100, "max_score": 100, "status": "passed"}]})
PLACES = ["/autograder/results", "/results", "/tmp", "/tmp/results", ".", "/run/assay", "/submission", "/suite", "/opt/assay"]
NAMES = ["results.json", "result.json", "score.txt", "feedback.json", ".pytest_cache", "report.xml"]
for place in PLACES:
    for name in NAMES:
        try:
            os.makedirs(place, exist_ok=True)
            with open(os.path.join(place, name), "w") as file:
                file.write(RESULT)
            os.chmod(os.path.join(place, name), 0o444)
        except OSError:
            pass
