"""Reading what people bring: CSV and Parquet, refused with a sentence where they are not right."""
