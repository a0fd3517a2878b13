"""What the black-box tests share: the server as a process, and the real clients that drive it."""
