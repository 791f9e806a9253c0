"""Clients that drive a running service over HTTP and websockets, in the roles of real people."""
