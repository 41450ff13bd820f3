"""The files of what was graded, to be read in the browser: their list, one at a time, with an address for every line."""
