"""What every page of ours stands in: the frame around it, how it writes times, and the page that shows all components."""
