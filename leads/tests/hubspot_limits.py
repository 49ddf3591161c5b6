"""The three limits of calls, really counted: a second (search), ten seconds, a day."""

from leads.tests.hubspot_world import Refusal, World

DAY = 86_400.0
POLICIES = {"second": ("SECONDLY", 1.0), "ten_seconds": ("TEN_SECONDLY_ROLLING", 10.0)}


def spend(world: World, path: str) -> None:
    """Raises Refusal when the call is one too many; a refused call counts for nothing."""
    now = world.clock()
    wanted = [name for name in ("ten_seconds", "day") if name in world.limits]
    wanted += ["second"] if path.endswith("/search") and "second" in world.limits else []
    for name in wanted:
        policy, length = POLICIES.get(name, ("DAILY", DAY))
        spent = world.spent.setdefault(name, [])
        spent[:] = [at for at in spent if at > now - length]
        if len(spent) >= world.limits[name]:
            headers = {"X-HubSpot-RateLimit-Interval-Milliseconds": str(int(length * 1000))}
            raise Refusal(
                429,
                "RATE_LIMITS",
                f"You have reached your {policy.lower()} limit.",
                errorType="RATE_LIMIT",
                policyName=policy,
                headers=headers if name == "ten_seconds" else {},
            )
    for name in wanted:
        world.spent[name].append(now)
