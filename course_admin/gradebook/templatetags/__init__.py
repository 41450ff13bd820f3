"""What other apps' pages show of this one."""
