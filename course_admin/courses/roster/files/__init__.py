"""What a roster file says, from its bytes to one entry a person: decode, then read, with clean and formats. Pure."""
