"""What can be wrong with a policy document."""


class Unreadable(Exception):
    """The document cannot be read as a policy; `faults` names each place and what is wrong."""

    def __init__(self, *faults: tuple[str, str]) -> None:
        super().__init__("; ".join(f"{place}: {what}" if place else what for place, what in faults))
        self.faults = faults
