"""The log, its deliveries, and the end of jobs."""
