"""Others' readers find in our exports what we wrote: `make test-oracles`."""
