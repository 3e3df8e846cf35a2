raise RuntimeError("my module is not finished")
