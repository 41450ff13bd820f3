"""What the trees beside the candidate's are called, by who asks for a measured process and who starts it. Side: judge, worker."""

REFERENCE = "reference"
ON_REFERENCE = "on reference"  # the tree that holds the candidate's module and the reference's earlier ones
