"""What quality needs from outside its own code: files, and crowd-kit."""
