"""What a machine outside does with the service: checks receipts, hands in. Side: any."""
