"""What the measures are compared with: each peer in an environment and a process of its own.

These modules run with the peers' Python, beside libraries that ours does not have; they import
nothing of ours but `bench.peers.conversation`.
"""
