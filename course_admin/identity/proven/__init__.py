"""What owners of accounts have proven, and which places on rosters that is."""
