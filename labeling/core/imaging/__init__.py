"""Pictures as bytes and numbers: what is left of a JPEG without its metadata, how a picture looks, which look alike."""
