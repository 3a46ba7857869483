"""The example on the page about engines is carried out as it stands."""

import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

PAGE = Path("docs/reference/engines.md")


def test_the_example_runs_and_tells_every_group(tmp_path, monkeypatch, capsys):
    (example, *_) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    columns = {"race": ["a", "a", "b", "b"], "sex": ["f", "m", "f", "m"]}
    columns |= {"approved": [1, 0, 1, 0], "predicted": [1, 0, 0, 1]}
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")
    monkeypatch.chdir(tmp_path)
    exec(compile(example, str(PAGE), "exec"), {})
    told = capsys.readouterr().out
    assert "a selection_rate 0.5" in told
    assert "b true_positive_rate 0.0" in told
    assert "selection_rate_ratio 1.0" in told
