"""Static files under names that carry their content's hash, compressed, cached for ever."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage that also follows `import` between our modules.

    A file that was not collected (a development checkout, a test) is served under its plain name.
    """

    support_js_module_import_aggregation = True
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one when nothing was collected."""
        try:
            return str(super().stored_name(name))
        except ValueError:
            return name
