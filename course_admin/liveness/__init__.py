"""Signs of life: which workers and clocks were heard of, when, and how far their machines' clocks are off."""
