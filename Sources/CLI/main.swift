print("avatarium")
