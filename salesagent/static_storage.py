"""Static files with a hash in their name, compressed once, served for a year."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Only url() in our stylesheets is rewritten: vendored files stay byte for byte as published,
    with the source map comments whose maps we do not ship."""

    patterns = (("*.css", (r"""(?P<matched>url\(['"]{0,1}\s*(?P<url>.*?)["']{0,1}\))""",)),)
