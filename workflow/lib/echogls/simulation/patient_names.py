"""Names of simulated patients; apart, because the workflow asks for them each time it starts."""


def patient_names(count: int) -> list[str]:
    """sim01 ... of a cohort."""
    return [f"sim{number:0{max(2, len(str(count)))}d}" for number in range(1, count + 1)]
