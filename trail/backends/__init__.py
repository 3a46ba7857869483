"""Django's database backends, telling the row triggers who acts. Enter by `ENGINE` in settings."""
