"""Where records come from: files on disk, read in batches that know their bytes."""
