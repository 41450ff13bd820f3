"""A fresh BenchmarkReport: its name, its machine, its time; what is true is asked beside the student's code."""

import platform
import re
import time
from datetime import datetime

import numpy as np
from asserts import assert_equal
from gradescope_utils.autograder_utils.decorators import number, visibility, weight
from marks import in_candidate
from tinytorch.capstone import BenchmarkReport


@in_candidate
def fresh_report():
    """Return what a new report says, and what is true."""
    now, report = time.strftime("%Y-%m-%d %H:%M:%S"), BenchmarkReport()
    info = dict(report.system_info)
    return {
        "name": [report.model_name, BenchmarkReport("other").model_name],
        "metrics": report.metrics,
        "system": info,
        "true": {"python_version": platform.python_version(), "numpy_version": np.__version__},
        "times": [now, report.timestamp],
    }


@number("5.1")
@weight(3)
def test_fresh_report_describes_the_machine():
    """A new report is called model, has no metrics, and names platform, python_version and numpy_version as texts."""
    got = fresh_report()
    assert_equal(got["name"], ["model", "other"], call='model_name of BenchmarkReport() and BenchmarkReport("other")')
    assert_equal(got["metrics"], {}, call="BenchmarkReport().metrics")
    keys = ["numpy_version", "platform", "python_version"]
    assert_equal(sorted(got["system"]), keys, call="the keys of system_info")
    versions = {key: got["system"][key] for key in ("python_version", "numpy_version")}
    assert_equal(
        versions, got["true"], call="the versions in system_info", hint="platform.python_version(), np.__version__"
    )
    text = isinstance(got["system"]["platform"], str) and len(got["system"]["platform"]) > 2
    assert_equal(text, True, call='whether system_info["platform"] is a text')


@number("5.2")
@weight(2)
@visibility("hidden")
def test_timestamp_is_the_local_time():
    """timestamp is the local time of making the report, as YYYY-MM-DD HH:MM:SS."""
    now, stamp = fresh_report()["times"]
    hint = 'time.strftime("%Y-%m-%d %H:%M:%S")'
    written = re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", stamp) is not None
    assert_equal(
        written, True, call="whether timestamp is written YYYY-MM-DD HH:MM:SS", given={"timestamp": stamp}, hint=hint
    )
    late = datetime.fromisoformat(stamp) - datetime.fromisoformat(now)
    given = {"timestamp": stamp, "local time": now}
    assert_equal(
        -5 < late.total_seconds() < 60, True, call="whether timestamp is the local time", given=given, hint=hint
    )
