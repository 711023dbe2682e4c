"""Lines of YAML: whatever is typed, it is read or refused with a line."""

from hypothesis import given
from hypothesis import strategies as st

from requests_app.policy_files import yaml_positions


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`,?~ \n\t01", max_size=60))
def test_reading_junk_never_breaks(text: str) -> None:
    findings: list[yaml_positions.YAMLFinding] = []
    try:
        value = yaml_positions.read(text, findings)
        value.fields(["a"], ["b"])
        value.items()
    except yaml_positions.InvalidYAML as broken:
        findings.append(broken.finding)
    assert findings
    assert all(1 <= finding.line <= text.count("\n") + 2 for finding in findings)
