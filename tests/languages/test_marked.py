"""Nothing that a person reads is left out of the catalogues."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.languages.source import unmarked, unmarked_in_template

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "stackone_connect"
#: What speaks to developers, in English: mistakes in settings and code, the API's reference, the
#: sandbox, and what a host's own tests print.
FOR_DEVELOPERS = {"checks", "client", "conf", "contrib", "migrations", "sandbox", "testing"}
MODULES = sorted(
    file
    for file in PACKAGE.rglob("*.py")
    if not FOR_DEVELOPERS & set(file.relative_to(PACKAGE).parts)
    # Says in English in the API's reference what a field is.
    and file.relative_to(PACKAGE) != Path("api/serializers.py")
)
#: The example's pages for developers, all of which is English: the React page, whose scripts are,
#: and the frame of the demo.
FOR_DEVELOPERS_PAGES = {"react.html", "demo.html", "demo_links.html"}
TEMPLATES = sorted(
    file
    for folder in (PACKAGE / "templates", ROOT / "example_project/templates")
    for file in folder.rglob("*.html")
    if file.name not in FOR_DEVELOPERS_PAGES
)
SAME_EVERYWHERE = frozenset({"Meridian"})


def test_there_is_something_to_read() -> None:
    assert len(MODULES) > 100
    assert len(TEMPLATES) > 30


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_every_sentence_of_a_module_is_marked(file: Path) -> None:
    assert unmarked(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_text_of_a_template_is_marked(file: Path) -> None:
    source = file.read_text(encoding="utf-8")
    assert unmarked_in_template(source, names=SAME_EVERYWHERE) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('messages.error(request, "It did not work.")', ["It did not work."]),
        ('self.stdout.write(f"{n} sessions were deleted")', [" sessions were deleted"]),
        ('raise CommandError("Failed.")', ["Failed."]),
        ('errors["label"] = ["Give a label."]', ["Give a label."]),
        ('@admin.display(description="organization")\ndef f(): ...', ["organization"]),
        ("class A:\n    title = 'status'", ["status"]),
        ('models.CharField("account id")', ["account id"]),
        ('def f():\n    """What it does."""\n    return _("Give a label.")', []),
        ('ngettext("%(n)d event processed", "%(n)d events processed", n)', []),
        ('raise ConfigurationError("API_KEY is not set.")', []),
        ('logs.write("webhook.refused", code=code)', []),
    ],
)
def test_the_guard_knows_what_a_person_reads(source: str, found: list[str]) -> None:
    assert unmarked(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("<h1>Linked accounts</h1>", ["Linked accounts"]),
        ('<h1>{% translate "Linked accounts" %}</h1>', []),
        ("<p>{% blocktranslate %}Of {{ name }}{% endblocktranslate %} &rsaquo; {{ x }}</p>", []),
        ('<button aria-label="Manage {{ name }}">{{ x }}</button>', ["Manage"]),
        ('<button aria-label="{% translate "Manage" %}"></button>', []),
        ('<input type="submit" value="Save">', ["Save"]),
        ("{# A note for whoever reads the source. #}<style>a { color: red }</style>", []),
    ],
)
def test_the_guard_reads_templates_as_a_browser_does(source: str, found: list[str]) -> None:
    assert unmarked_in_template(source) == found
