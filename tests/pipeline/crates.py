"""Validate crates where there is no network, with roc-validator's own Python: crates.py CACHE CRATE.

The validator asks the network for the vocabulary of RO-Crate alone, which lies in tests/data (version 1.1.3, CC0, from
https://w3id.org/ro/crate/1.1/context), and is put into its cache first. Prints a line per finding.
"""

import io
import sys
from pathlib import Path

import requests
import urllib3
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate
from rocrate_validator.utils.http import HttpRequester

CONTEXT = Path(__file__).parents[1] / "data" / "ro-crate-1.1-context.json"
# Process Run Crate wants its root to be no workflow; Workflow Run Crate, whose checks are made as well, wants one.
CONTRADICTED = "process-run-crate-0.5_5.1"


class Local(requests.adapters.HTTPAdapter):
    """Answers every request with the vocabulary."""

    def send(self, request, **_options):
        headers = {"Content-Type": "application/ld+json"}
        body = io.BytesIO(CONTEXT.read_bytes())
        return self.build_response(request, urllib3.HTTPResponse(body, headers, 200, preload_content=False))


def main(cache: str, crate: str) -> int:
    requester = HttpRequester(cache_path=cache, cache_max_age=-1)
    requester.session.mount("https://", Local())
    requester.session.get("https://w3id.org/ro/crate/1.1/context")
    requester.session.settings.only_if_cached = True
    settings = ValidationSettings(
        rocrate_uri=crate,
        profile_identifier="provenance-run-crate",
        requirement_severity=Severity.RECOMMENDED,
        skip_checks=[CONTRADICTED],
        offline=True,
        cache_path=Path(cache),
        skip_availability_check=True,
    )
    findings = validate(settings).get_issues()
    for finding in findings:
        print(finding.check.identifier, finding.violatingEntity, finding.message)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
