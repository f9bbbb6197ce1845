"""What monitors record, where it is kept, and how it is read as xarray datasets."""
