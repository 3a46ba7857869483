"""How far predicted numbers lie from what came true."""
