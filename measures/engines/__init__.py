"""Where the rows lie and what counts them: DuckDB over Parquet, PostgreSQL in place, Spark."""
