"""How far the rows of today differ from those a model was approved on."""
