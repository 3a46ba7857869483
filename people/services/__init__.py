"""What other apps may ask of `people`: `from people.services import roles, signatures, …`."""
