"""Django's postgresql backend, telling the row triggers who acts."""
