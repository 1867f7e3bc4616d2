print("merepl")
