"""The definitions the demo company has made for itself.

They stand in `seeds/demo/*.csv` for dbt; the truth needs the same ones, and a test holds the two together.
"""

from __future__ import annotations

# (source, event_name, action, is_value_event, feature)
TRACKING_PLAN = (
    ("mixpanel", "Signed Up", "sign_up", False, ""),
    ("mixpanel", "$identify", "identify", False, ""),
    ("mixpanel", "Logged In", "login", False, ""),
    ("mixpanel", "Page Viewed", "page_view", False, ""),
    ("mixpanel", "Project Created", "feature_activated", True, "projects"),
    ("mixpanel", "Alert Checked", "feature_used", True, "alerts"),
    ("mixpanel", "Invoice Viewed", "feature_used", True, "billing"),
    ("mixpanel", "Report Run", "feature_used", True, "reports"),
    ("mixpanel", "Dashboard Shared", "feature_used", True, "sharing"),
    ("mixpanel", "Milestone Reached", "milestone", False, ""),
    ("mixpanel", "Tooltip Seen", "other", False, ""),
    ("amplitude", "App Opened", "login", False, ""),
    ("amplitude", "Screen Viewed", "page_view", False, ""),
    ("amplitude", "Report Opened", "feature_used", True, "reports"),
    ("amplitude", "Alert Acknowledged", "feature_used", True, "alerts"),
    ("amplitude", "Invoice Opened", "feature_used", True, "billing"),
    ("amplitude", "Project Opened", "feature_used", True, "projects"),
    ("segment", "identify", "identify", False, ""),
    ("segment", "Alert Configured", "feature_activated", True, "alerts"),
    ("segment", "Invoice Downloaded", "feature_used", True, "billing"),
    ("segment", "API Called", "feature_used", True, "api"),
    ("segment", "API Key Created", "feature_activated", True, "api"),
    ("segment", "Seat Added", "feature_activated", True, "seats"),
    ("segment", "Plan Purchased", "purchase", False, ""),
    ("segment", "Subscription Cancelled", "cancellation", False, ""),
    ("segment", "Email Opened", "other", False, ""),
    ("segment", "Help Opened", "other", False, ""),
    ("segment", "Pricing Viewed", "page_view", False, ""),
    ("generic", "plan_purchased", "purchase", False, ""),
    ("generic", "subscription_cancelled", "cancellation", False, ""),
    ("generic", "invoice_downloaded", "feature_used", True, "billing"),
    ("generic", "seat_added", "feature_activated", True, "seats"),
    ("generic", "api_key_created", "feature_activated", True, "api"),
    ("generic", "email_opened", "other", False, ""),
)

# What one act is called that Segment forwards to Mixpanel and Amplitude.
FORWARDED = (
    "Alert Configured", "Invoice Downloaded", "API Called", "API Key Created", "Seat Added", "Plan Purchased", "Subscription Cancelled",
    "Email Opened", "Help Opened", "Pricing Viewed",
)  # fmt: skip
# (event_name, source of record)
EVENT_AUTHORITY = tuple((name, "segment") for name in FORWARDED)

# (criterion, action, min_count, within_days)
ACTIVATION_CRITERIA = (("activated_a_feature", "feature_activated", 1, 7), ("used_features", "feature_used", 3, 14))

# What an event is that no tracking plan names.
UNTRACKED_ACTION = "other"
