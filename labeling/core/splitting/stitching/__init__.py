"""Making one label of an image out of what was said of its tiles."""

from labeling.core.splitting.stitching.stitch import TileObjects, stitched

__all__ = ["TileObjects", "stitched"]
