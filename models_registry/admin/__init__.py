"""The inventory's pages: what there is, what it came from, where it runs."""

from models_registry.admin import datasets, inventory, operation

__all__ = ["datasets", "inventory", "operation"]
