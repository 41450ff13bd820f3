"""The REST API: what programs of students and staff do, by tokens that they make and take back; every rule is the policy's."""
