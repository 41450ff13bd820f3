def change(coins, total):
    pass
