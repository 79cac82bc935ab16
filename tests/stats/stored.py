"""The trials of the committed reference runs, as pairs of arms over blocks."""
import collections
import json
from pathlib import Path

REFERENCE = Path(__file__).resolve().parents[2] / "results/reference"


def at(value, path):
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


METRICS = {
    "capacity": ["throughput_rps", "resources.cpu_us_per_request"],
    "closed": ["latency_us.response_time.p50", "latency_us.response_time.p95"],
    "open": ["latency_us.response_time.p50", "latency_us.response_time.p95"],
}


def runs():
    """Each run: {(arm, page, kind, vus, metric): {block: value}} of its valid files."""
    for folder in sorted(p.parent for p in REFERENCE.glob("*/run.json")):
        cells = collections.defaultdict(dict)
        for file in sorted(folder.glob("results_*.json")):
            result = json.loads(file.read_text())
            scenario, run = result["scenario"], result["run"]
            if not result["valid"] or run["attempt"] > 0:
                continue
            vus = scenario["vus"] if scenario["kind"] == "closed" else scenario.get("twin_of_vus", 0)
            for metric in METRICS[scenario["kind"]]:
                value = at(result, metric)
                if value:
                    cells[scenario["arm"], scenario["page"], scenario["kind"], vus, metric][run["block"]] = value
        yield folder.name, cells


def pairs(run):
    """(label, blocks, first arm's values, another arm's) of every cell, blocks that both have."""
    name, cells = run
    plan = json.loads((REFERENCE / name / "plan.json").read_text())
    first = plan["arms"][0]["id"]
    for (arm, *cell), values in sorted(cells.items()):
        base = cells.get((first, *cell), {})
        blocks = sorted(set(base) & set(values))
        if arm != first and len(blocks) > 1:
            yield f"{name} {arm} {cell}", blocks, [base[b] for b in blocks], [values[b] for b in blocks]
