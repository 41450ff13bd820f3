"""Who somebody is: accounts from GitHub or the university's log-in, their places on rosters, and second factors."""
