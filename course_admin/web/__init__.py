"""What stands between the web server and the pages: who may connect, how long they may take, what can be no request."""
