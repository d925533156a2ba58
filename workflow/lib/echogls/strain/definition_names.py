"""How definitions of strain differ (Voigt et al. 2015), and how they are called in print."""

# What a definition chooses, in the order of its name; columns of definitions.tsv.
KEYS = ("gls", "ed_rule", "es_rule", "drift", "layer")
MIDWALL = "midwall"


def definition_name(choices: dict[str, str]) -> str:
    """A definition as words.

    choices : key of KEYS -> what is chosen, as definitions.tsv has it: rules that are tried in
        turn with a blank between them.

    Example
    -------
    >>> definition_name({"gls": "peak_systolic", "ed_rule": "r_wave area", "es_rule": "area",
    ...                  "drift": "linear", "layer": "midwall"})
    'peak systolic, ED by R wave or area, ES by area, drift closed, midwall'
    """
    return ", ".join(choice_name(key, choices[key]) for key in KEYS)


def choice_name(key: str, choice: str) -> str:
    """One choice of a definition as words; `choice` as definitions.tsv has it.

    Example
    -------
    >>> choice_name("es_rule", "strain area"), choice_name("drift", "none")
    ('ES by strain or area', 'drift left')
    """
    if key in ("ed_rule", "es_rule"):
        rules = (rule.replace("r_wave", "R wave") for rule in choice.split())
        return f"{key[:2].upper()} by {' or '.join(rules)}"
    if key == "drift":
        return "drift closed" if choice == "linear" else "drift left"
    return choice.replace("_", " ")
