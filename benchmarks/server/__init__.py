"""The product with operations that do nothing, and django-eventstream's own view beside ours."""
