"""The report in a real browser: nothing runs over, everything can be reached, nothing is asked for.

Needs Playwright and a Chromium, Playwright's own or the system's; skipped where there is none.
"""

import os
import re
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
NOT_OVER = "() => [document.documentElement.scrollWidth, window.innerWidth]"
OUTSIDE = """() => [...document.querySelectorAll('svg[viewBox]')].flatMap(svg => {
    const box = svg.viewBox.baseVal, scale = svg.getBoundingClientRect();
    if (!scale.width) return [];
    return [...svg.querySelectorAll('text')].filter(text => text.textContent).map(text => {
        const r = text.getBoundingClientRect();
        return [text.textContent, r.left - scale.left, r.top - scale.top,
                scale.right - r.right, scale.bottom - r.bottom];
    }).filter(r => Math.min(...r.slice(1)) < -1);
})"""


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as driver:
        own = driver.chromium.executable_path
        path = next(filter(None, map(shutil.which, NAMES)), None)
        path = path or (own if os.path.exists(own) else None)
        if path is None:
            pytest.skip("no Chromium here: neither the system's nor Playwright's")
        started = driver.chromium.launch(executable_path=path, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def opened(browser, page):
    """A function that opens the page and gives it with all it asked for."""
    contexts = []

    def open_page(width=1280, height=900, **options):
        options = {"reduced_motion": "reduce"} | options
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        tab = context.new_page()
        asked, wrong = [], []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
        tab.goto(page["file"].as_uri())
        return tab, asked, wrong

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_runs_over_and_no_text_leaves_its_plot(opened, width, script):
    tab, asked, wrong = opened(width, java_script_enabled=script)
    needed, there = tab.evaluate(NOT_OVER)
    assert needed <= there
    assert tab.evaluate(OUTSIDE) == []
    assert [url for url in asked if not url.startswith("data:")] == [tab.url]
    assert wrong == []


@pytest.mark.parametrize("width", [390, 1280])
def test_flags_of_the_table_of_patients_are_not_cut(opened, width):
    tab, _, _ = opened(width)
    ends = tab.evaluate("""() => { const box = document.querySelector('.people');
        const edge = box.getBoundingClientRect().right;
        const all = [...box.querySelectorAll('tbody .flags')];
        all[0].innerHTML = '<span class="flag">annulus contradicts outline</span>'.repeat(2);
        return all.map(one => edge - one.getBoundingClientRect().right); }""")
    assert min(ends) >= 0


def test_no_text_leaves_a_figure(opened, page):
    tab, _, _ = opened()
    for file in page["file"].parent.glob("*.svg"):
        tab.set_content(file.read_text(encoding="utf-8").partition("?>")[2])
        assert tab.evaluate(OUTSIDE) == [], file.name


def test_every_plot_of_the_menu_keeps_its_text_inside(opened):
    tab, _, _ = opened(390)
    menu = tab.locator(".pair-menu")
    for key in menu.locator("option").evaluate_all("all => all.map(one => one.value)"):
        menu.select_option(key)
        assert tab.locator(".pair.open").get_attribute("data-pair") == key
        assert tab.locator(".pair:visible").count() == 1
        assert tab.evaluate(OUTSIDE) == [], key


def test_every_patient_is_reached_and_opened_by_keyboard(opened, cohort):
    tab, _, wrong = opened()
    wanted = {row["patient"] for row in cohort.tables["measurements"]}
    points, rows = set(), set()
    for _ in range(80):
        tab.keyboard.press("Tab")
        patient, within = tab.evaluate(
            "() => { const a = document.activeElement; return [a.dataset.patient || '', "
            "a.closest('svg') ? 'plot' : a.closest('table') ? 'table' : '']; }"
        )
        if not patient:
            continue
        (points if within == "plot" else rows).add(patient)
        if within == "plot":
            tab.keyboard.press("Enter")
            shown = tab.locator(".patient:visible")
            assert shown.count() == 1 and shown.get_attribute("data-patient") == patient
            tab.locator(f".dot[data-patient='{patient}']:visible").focus()
    assert points == {row["patient"] for row in cohort.pairs("truth", "dis")}
    assert rows == wanted
    assert wrong == []


def test_the_page_opens_on_the_patient_farthest_off(opened, cohort):
    tab, _, _ = opened()
    pairs = cohort.pairs("truth", "dis")
    far = max(pairs, key=lambda row: abs(float(row["difference"])))["patient"]
    assert tab.locator(".patient:visible").get_attribute("data-patient") == far
    assert tab.locator(".people tbody tr").first.get_attribute("data-patient") == far
    tab.locator("[data-open=typical]").click()
    mean = sum(float(row["difference"]) for row in pairs) / len(pairs)
    typical = min(pairs, key=lambda row: abs(float(row["difference"]) - mean))["patient"]
    assert tab.locator(".patient:visible").get_attribute("data-patient") == typical


def test_a_link_to_a_patient_opens_it(opened, page):
    tab, _, _ = opened()
    tab.goto("about:blank")
    tab.goto(f"{page['file'].as_uri()}#made-p7")
    assert tab.locator(".patient:visible").get_attribute("data-patient") == "p7"
    tab.evaluate("() => { location.hash = '#made-p2'; }")
    tab.locator("#made-p2").wait_for(state="visible")


def test_the_headline_is_that_of_the_numbers(opened, page):
    tab, _, _ = opened()
    numbers = page["parts"]["numbers"]
    said = tab.locator("h1").inner_text()
    for name, key in (("bias", "text"), ("bias", "ci"), ("loa_lower", "text")):
        assert numbers[f"made.truth.dis.{name}"][key] in said
    assert f"{numbers['made.truth.dis.bias']['n']} simulated patients" in said


def test_the_table_sorts_by_any_column_and_filters_by_text_and_flag(opened):
    tab, _, _ = opened()
    rows = tab.locator(".people tbody tr")
    for place in range(tab.locator(".people thead th").count()):
        head = tab.locator(".people thead th").nth(place)
        head.locator("button").click()
        assert head.get_attribute("aria-sort") in ("ascending", "descending")
    tab.locator(".people thead button").first.click()
    if tab.locator(".people thead th").first.get_attribute("aria-sort") != "ascending":
        tab.locator(".people thead button").first.click()
    told = rows.evaluate_all("all => all.map(row => row.dataset.patient)")
    assert told == sorted(told, key=lambda name: int(name[1:]))
    tab.locator(".search").fill("p7")
    assert tab.locator(".people tbody tr:visible").count() == 1
    tab.locator(".search").fill("")
    flagged = rows.evaluate_all("all => all.filter(row => row.dataset.flags).length")
    tab.locator(".flag-menu").select_option("*")
    assert tab.locator(".people tbody tr:visible").count() == flagged


def test_image_and_curve_have_one_cursor(opened):
    tab, _, _ = opened()
    section = tab.locator(".patient:visible")
    slider, cursor = section.locator("[type=range]"), section.locator(".cursor")
    places = []
    for frame in (0, 10):
        slider.fill(str(frame))
        sheet = section.locator(".picture:visible use").get_attribute("x")
        places.append((sheet, cursor.get_attribute("x1"), section.locator(".now").inner_text()))
    assert places[0][0] != places[1][0] and float(places[0][1]) < float(places[1][1])
    assert re.search(r"frame \d+, \d\.\d\d s, strain", places[1][2])


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_by_itself_where_that_is_not_wanted(opened, motion):
    tab, _, _ = opened(reduced_motion=motion)
    button = tab.locator(".patient:visible .play")
    assert button.inner_text() == ("Play" if motion == "reduce" else "Pause")
    slider = tab.locator(".patient:visible [type=range]")
    before = slider.input_value()
    tab.wait_for_timeout(700)
    assert (slider.input_value() == before) == (motion == "reduce")
    button.click()
    assert button.inner_text() == ("Pause" if motion == "reduce" else "Play")


@pytest.mark.parametrize("script", [True, False])
def test_print_opens_the_typical_and_the_farthest_and_loses_no_column(opened, cohort, script):
    tab, _, _ = opened(1032, 700, java_script_enabled=script)  # A4 on its side within its margins
    tab.emulate_media(media="print")
    shown = tab.locator(".patient:visible")
    pairs = cohort.pairs("truth", "dis")
    far = max(pairs, key=lambda row: abs(float(row["difference"])))["patient"]
    named = shown.evaluate_all("all => all.map(one => one.dataset.patient)")
    assert len(named) == 2 and far in named
    over = tab.evaluate(
        "() => [...document.querySelectorAll('table')].filter(one => one.offsetWidth && "
        "one.getBoundingClientRect().right > innerWidth + 1).map(one => one.caption.textContent)"
    )
    assert over == []


def test_the_page_is_dark_where_that_is_wanted(opened):
    colours = []
    for scheme in ("light", "dark"):
        tab, _, _ = opened(color_scheme=scheme)
        colours.append(
            tab.evaluate("() => [getComputedStyle(document.body).backgroundColor, "
                         "getComputedStyle(document.querySelector('.plot text')).fill]")
        )  # fmt: skip
    assert colours[0][0] == "rgb(255, 255, 255)"
    assert colours[1][0] != colours[0][0] and colours[1][1] != colours[0][1]


def test_without_a_script_every_patient_and_plot_is_there(opened, cohort):
    tab, _, _ = opened(java_script_enabled=False)
    assert tab.locator(".pair:visible").count() == tab.locator(".pair").count()
    names = {row["patient"] for row in cohort.tables["measurements"]}
    assert tab.locator(".patient:visible").count() == len(names)
    assert tab.locator(".patient:visible").first.locator(".picture:visible").count() == 2
