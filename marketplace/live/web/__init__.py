"""Pages rendered on the server; scripts only keep them up to date."""
