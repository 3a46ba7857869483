"""Django's sqlite3 backend, telling the row triggers who acts."""
