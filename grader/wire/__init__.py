"""What crosses a socket, and nothing else: values and control messages. Side: any; imports no other folder of ours."""
