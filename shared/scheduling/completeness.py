"""How complete a profile is (seed 002: profile completeness scoring)."""

from typing import Final

from shared.scheduling.profiles import ProviderProfile

#: What a complete profile has, by its JSON name, and what it weighs; together 100.
_WEIGHTS: Final = {
    "specialty": 12, "npi": 12, "bio": 10, "locations": 10, "services": 10, "languages": 8, "education": 8,
    "certifications": 6, "yearsOfExperience": 5, "photo": 5, "insuranceAccepted": 5, "title": 4, "phone": 3,
    "professionalHistory": 2,
}  # fmt: skip


def _has(profile: ProviderProfile) -> dict[str, object]:
    return {
        "specialty": profile.specialty, "npi": profile.npi, "bio": profile.bio, "locations": profile.locations,
        "services": profile.services, "languages": profile.languages, "education": profile.education,
        "certifications": profile.certifications, "yearsOfExperience": profile.years_of_experience is not None,
        "photo": profile.has_photo, "insuranceAccepted": profile.insurances, "title": profile.title,
        "phone": profile.phone, "professionalHistory": profile.history,
    }  # fmt: skip


def score(profile: ProviderProfile) -> int:
    """0 to 100."""
    return sum(_WEIGHTS[name] for name, value in _has(profile).items() if value)


def missing(profile: ProviderProfile) -> list[str]:
    """JSON names of what is not filled in, the weightiest first."""
    return sorted((name for name, value in _has(profile).items() if not value), key=lambda name: -_WEIGHTS[name])
