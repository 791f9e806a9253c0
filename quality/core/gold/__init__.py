"""Known answers: how near an answer comes to one, and what that says of whoever gave it."""
