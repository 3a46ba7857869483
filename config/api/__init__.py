"""What every endpoint shares: who asks, what may be asked, how answers and errors look."""
