"""Start the project's own PostgreSQL and Valkey, and the processes that use them.

Standard library only: it runs before the settings exist, because it makes the environment they read.
"""
