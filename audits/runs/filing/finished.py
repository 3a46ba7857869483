"""A finished run: what came out, stored, with the bundle to repeat it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from audits import canonical
from audits.jobs.contract import Outcome
from audits.models import Run
from models_registry.services import blobs


class Finished(NamedTuple):
    """Everything there is to file."""

    run: Run
    outcome: Outcome
    stored: Mapping[str, blobs.Blob]
    bundle: dict[str, Any]

    def images(self) -> dict[str, str]:
        """The plots, as SVG text by name."""
        return {
            product.name: product.path.read_text(encoding="utf-8")
            for product in self.outcome.products
            if product.media_type == "image/svg+xml"
        }


def store(outcome: Outcome) -> dict[str, blobs.Blob]:
    """Keep every product under its digest."""
    return {product.name: blobs.put(product.path) for product in outcome.products}


def result_digest(finished: Finished) -> str:
    """One digest of all that came out; the same spec on the same input and seed gives the same.

    Numbers of measures are hashed as text, as `repr` writes them.
    """
    measures = [
        {name: repr(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in (measured._asdict() for measured in finished.outcome.measures)
    ]
    products = {name: blob.digest for name, blob in finished.stored.items()}
    return canonical.digest(
        {"measures": measures, "details": finished.outcome.details, "products": products}
    )
