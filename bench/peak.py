"""Does one piece of work in a process of its own and prints the memory that took, in megabytes."""

import importlib
import json
import sys
from pathlib import Path


def main() -> None:
    """``python -m bench.peak MODULE FUNCTION '{"argument": …}'``."""
    module, function, given = sys.argv[1:]
    getattr(importlib.import_module(module), function)(**json.loads(given))
    print(high_water_mark_kb() / 1024)


def high_water_mark_kb() -> int:
    """VmHWM: getrusage would count what the parent held when it started us."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
