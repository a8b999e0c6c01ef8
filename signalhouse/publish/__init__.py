"""Publish: audited marts become a release that readers see from one moment to the next."""

from signalhouse.publish.publishing import publish
from signalhouse.publish.store import Release, current, releases, rollback

__all__ = ["Release", "current", "publish", "releases", "rollback"]
