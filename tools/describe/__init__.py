"""Everything for readers that follows from declarations: the OpenAPI document, a Postman collection, tables.

All of it is deterministic: the same declarations give the same text, so that a stale file is a difference.
"""

from tools.describe.openapi import openapi
from tools.describe.pages import configuration_page, endpoints_page, errors_page
from tools.describe.postman import postman

__all__ = ["configuration_page", "endpoints_page", "errors_page", "openapi", "postman"]
