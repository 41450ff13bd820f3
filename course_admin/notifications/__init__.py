"""What people are told: news on a page, and mails as often as each wants them."""
