"""The bytes of one test's channel, beneath questions and answers. Side: judge."""
