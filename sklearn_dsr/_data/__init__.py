"""What X is: its checks, its gap-free pieces, its frames and times, and what is said of it."""
