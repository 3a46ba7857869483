"""What a policy document may say, and what its rules say of the evidence held. Pure."""
