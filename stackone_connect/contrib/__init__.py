"""What joins us to packages that a host may have or not."""
