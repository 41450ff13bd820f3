"""What judge and candidate change alike in their own Python: where chance begins, and which module a name means.

Side: any; imports no other folder of ours.
"""
