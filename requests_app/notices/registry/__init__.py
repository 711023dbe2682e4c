"""One table of which event notifies whom with which email; docs/notices.md shows it."""

from collections.abc import Mapping

from requests_app.notices.registry import access, policies, register, requests, review
from requests_app.notices.registry.notice_rule import NoticeRule

__all__ = ["NOTICE_RULES", "RULES_BY_TEMPLATE", "NoticeRule"]

NOTICE_RULES: Mapping[str, tuple[NoticeRule, ...]] = {
    **requests.RULES,
    **review.RULES,
    **access.RULES,
    **policies.RULES,
    **register.RULES,
}
RULES_BY_TEMPLATE: Mapping[str, NoticeRule] = {
    rule.template: rule for rules in NOTICE_RULES.values() for rule in rules
}
