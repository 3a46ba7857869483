"""Has the numeric libraries compute in one thread each; loaded before any of them.

Sums of floats depend on how they are divided among threads, and so would a result's digest;
and several children on one machine would only wait for each other.
"""

import os

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

for variable in VARIABLES:
    os.environ.setdefault(variable, "1")
