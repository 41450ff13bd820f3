"""The agent: the few lines of ours inside the candidate box, as untrusted as everything there. Side: candidate."""
