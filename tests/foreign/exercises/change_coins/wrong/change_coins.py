def change(coins, total):
    if total < 0:
        raise ValueError("nobody owes less than nothing")
    best = {0: []}
    for value in range(1, total + 1):
        ways = [best[value - coin] + [coin] for coin in coins if value - coin in best]
        if ways:
            best[value] = max(ways, key=lambda way: way[-1])
    if total not in best:
        raise ValueError(f"{total} cannot be paid with these coins")
    return sorted(best[total])
