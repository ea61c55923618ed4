"""Holds the demo's summary to what a newcomer is promised: the keys, their sums, a map that stands alone."""

import json
import re
import sys

summary = json.load(open(sys.argv[1]))
page = open(sys.argv[2], encoding="utf-8").read()
keys = "jobs assigned refused within_30_min travel_km_per_job travel_min_per_job decision_ms_p50 decision_ms_p99"
missing = [k for k in keys.split() if k not in summary]
assert not missing, f"missing keys: {missing}"
assert summary["jobs"] == 500, summary
assert summary["assigned"] >= 400 and summary["refused"] >= 1, summary
assert 0 < summary["decision_ms_p50"] <= summary["decision_ms_p99"], summary
loads = re.findall(r"""(?:src|href)\s*=\s*["']?(https?:[^"'\s>]+)|url\((https?:[^)]+)\)|fetch\(""", page)
assert not [l for l in loads if l[0].endswith((".js", ".css", ".png"))], loads
assert len(page) > 50_000, "the map is empty"
print("demo:", {k: summary[k] for k in keys.split()})
