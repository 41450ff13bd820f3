"""What stands between web server and pages: who may connect, for how long, what is no request, what browsers are forbidden."""
