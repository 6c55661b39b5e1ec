"""Every error the API answers, in one place.

    ApiError
    ├── InvalidRequest (400 INVALID_REQUEST)        unreadable input
    │   ├── UnreadableBody, UnreadableParameter
    ├── ValidationFailed (400 VALIDATION_ERROR)     readable, but a field breaks a rule
    ├── Unauthorized (401 UNAUTHORIZED)
    │   ├── TokenMissing, TokenInvalid, TokenExpired, SessionEnded
    │   ├── InvalidCredentials, MfaRequired, InvalidMfaCode, InvalidRefreshToken, InvalidIdentityToken
    │   ├── FreshSignInRequired, SignatureInvalid
    ├── Forbidden (403 FORBIDDEN)
    │   ├── RoleNotAllowed, EmailNotVerified, CredentialsNotVerified, MfaEnrolmentRequired
    │   ├── CsrfTokenInvalid, RoleNotOpen, ScopeNotGranted, NotYourSchedule
    │   ├── NotChatAdmin, PostingNotAllowed, NotYourMessage
    │   ├── NotTheAuthor, SignerNotAllowed, NotCallHost
    ├── NotFound (404 NOT_FOUND)
    │   ├── RouteNotFound, IdentityIsExternal, SignInNotConfigured, ProviderNotFound, SmsNotConfigured
    │   ├── CallsNotConfigured
    ├── MethodNotAllowed (405)
    ├── Conflict (409 CONFLICT)
    │   ├── Contention, AlreadyDone, LastAdmin, AccountNotConfirmed, NotAClinician, MfaNotPending
    │   ├── StaleRecord, PatientHasAccount, TimeZoneInUse, NotRetryable
    │   ├── SlotNotAvailable, StatusNotAllowed
    │   ├── FileNotScanned, FileInfected, ScanFailed, UploadIncomplete
    │   ├── ChatClosed
    │   ├── NoteSigned, NoteNotSigned
    │   ├── CallOver
    ├── DuplicateEntry (409 DUPLICATE_ENTRY)
    │   ├── EmailTaken, MrnTaken, NpiTaken
    ├── BodyTooLarge (413), UnsupportedMediaType (415), RangeNotSatisfiable (416)
    ├── Unprocessable (422 UNPROCESSABLE_ENTITY)
    │   ├── IdempotencyKeyReused, LinkExpired, InvitationNotUsable, WeakPassword, PasswordUnchanged, FileNotAccepted
    │   ├── ProviderNotAccepting, AppointmentClosed, TooLateToReschedule, VisitNotOpen
    │   ├── AudioUnreadable, NotEnoughContent, NoPatient, TranscriptMissing, SuggestionNotSupported, ConsentRequired
    │   ├── NotAVoiceMessage, RecordingMissing
    │   ├── RecipientOptedOut, CodeNotValid
    │   ├── MayNotContact, ChatIsFixed, ClientMessageIdReused, SearchNotEnabled, NotEditable
    │   ├── NoteIncomplete
    ├── RateLimited (429 RATE_LIMITED)
    │   └── TooManyFailures
    ├── InternalError (500)
    └── ExternalServiceError (502/503 EXTERNAL_SERVICE_ERROR)
        └── DatabaseUnavailable, StorageUnavailable, QueueUnavailable, IdentityProviderUnavailable,
            MailUnavailable, SmsUnavailable, PushUnavailable, NotReady, ScannerUnavailable, AiUnavailable,
            AiRefused, AiAnswerUnusable, WorkInProgress, CallsUnavailable

Codes are those of RESOLUTIONS "Errors"; `reason` names the case; `number` is seed 002's number where it has one.
Messages never repeat a submitted value. Domains add their own subclasses beside their rules' names here.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple


class Detail(NamedTuple):
    """One field that is wrong, by its JSON path, and what is wrong with it.

    `kind` and `values` say the same so that it can be put into another language (see `shared.http.wording`).
    """

    field: str
    message: str
    kind: str = ""
    values: Mapping[str, object] = MappingProxyType({})


class ApiError(Exception):
    """An expected refusal, answered in the one error shape."""

    code: ClassVar[str] = "INTERNAL_SERVER_ERROR"
    status: ClassVar[int] = 500
    reason: ClassVar[str] = "INTERNAL"
    number: ClassVar[str | None] = None
    message: ClassVar[str] = "Something went wrong on our side. Try again; if it persists, send us the request id."
    #: What else the body says, by name: only where a refusal cannot be acted upon without it.
    extra: Mapping[str, Any] = {}

    def __init__(
        self, message: str = "", *, details: Sequence[Detail] = (), headers: dict[str, str] | None = None
    ) -> None:
        self.text = message or self.message
        self.details = tuple(details)
        self.headers = headers or {}
        super().__init__(self.reason)


def catalogue() -> list[type[ApiError]]:
    """Every error class that is answered, sorted by status and reason."""

    def below(cls: type[ApiError]) -> list[type[ApiError]]:
        return [cls, *(deep for sub in cls.__subclasses__() for deep in below(sub))]

    return sorted(set(below(ApiError)) - {ApiError}, key=lambda e: (e.status, e.reason))


# 400
class InvalidRequest(ApiError):
    code = reason = "INVALID_REQUEST"
    status = 400
    message = "The request cannot be read."


class UnreadableBody(InvalidRequest):
    reason = "UNREADABLE_BODY"
    message = "The body is not valid JSON in UTF-8. Send one JSON object."


class UnreadableParameter(InvalidRequest):
    reason = "UNREADABLE_PARAMETER"
    message = "The address, a header or a form field holds characters that cannot be read."


class ValidationFailed(ApiError):
    code = reason = "VALIDATION_ERROR"
    status = 400
    message = "Some fields are not valid; see details."


# 401
class Unauthorized(ApiError):
    code = reason = "UNAUTHORIZED"
    status = 401
    message = "Sign in to do this."

    def __init__(
        self, message: str = "", *, details: Sequence[Detail] = (), headers: dict[str, str] | None = None
    ) -> None:
        # RFC 9110 §15.5.2: a 401 names the scheme to use.
        super().__init__(message, details=details, headers={"WWW-Authenticate": "Bearer", **(headers or {})})


class TokenMissing(Unauthorized):
    reason = "TOKEN_MISSING"
    number = "AUTH_001"
    message = "No access token. Send it as `Authorization: Bearer <token>`."


class TokenInvalid(Unauthorized):
    reason = "TOKEN_INVALID"
    message = "The access token is not valid. Sign in again."


class TokenExpired(Unauthorized):
    reason = "TOKEN_EXPIRED"
    number = "AUTH_003"
    message = "The access token has expired. Refresh it with POST /auth/refresh."


class SessionEnded(Unauthorized):
    reason = "SESSION_ENDED"
    message = "This session has ended. Sign in again."


class InvalidCredentials(Unauthorized):
    reason = "INVALID_CREDENTIALS"
    number = "AUTH_002"
    message = "Invalid credentials"


class MfaRequired(Unauthorized):
    reason = "MFA_REQUIRED"
    message = "This account uses multi-factor sign-in. Send the code of the authenticator app as mfaCode."


class InvalidMfaCode(Unauthorized):
    reason = "INVALID_MFA_CODE"
    message = "Invalid MFA code"


class InvalidRefreshToken(Unauthorized):
    reason = "INVALID_REFRESH_TOKEN"
    message = "Invalid refresh token"


class InvalidIdentityToken(Unauthorized):
    reason = "INVALID_IDENTITY_TOKEN"
    message = "The sign-in provider did not confirm this token."


class SignatureInvalid(Unauthorized):
    reason = "SIGNATURE_INVALID"
    message = "This request is not signed by the service it claims to come from."


class FreshSignInRequired(Unauthorized):
    reason = "FRESH_SIGN_IN_REQUIRED"
    message = "This takes a token of at most five minutes. Sign in again with your identity provider."


# 403
class Forbidden(ApiError):
    code = reason = "FORBIDDEN"
    status = 403
    message = "You may not do this."


class RoleNotAllowed(Forbidden):
    reason = "ROLE_NOT_ALLOWED"
    message = "Your role may not do this."


class EmailNotVerified(Forbidden):
    reason = "EMAIL_NOT_VERIFIED"
    message = "Confirm your e-mail address first; POST /auth/resend-verification sends the link again."


class CredentialsNotVerified(Forbidden):
    reason = "CREDENTIALS_NOT_VERIFIED"
    message = "An administrator has to verify your credentials before you can reach patients."


class MfaEnrolmentRequired(Forbidden):
    reason = "MFA_ENROLMENT_REQUIRED"
    message = "Your role needs multi-factor sign-in. Enrol with POST /auth/enable-mfa first."


class CsrfTokenInvalid(Forbidden):
    reason = "CSRF_TOKEN_INVALID"
    message = "X-CSRF-Token must equal the csrfToken cookie; GET /auth/csrf sets it."


class RoleNotOpen(Forbidden):
    reason = "ROLE_NOT_OPEN"
    message = "This role cannot be registered. An administrator makes such accounts."


class ScopeNotGranted(Forbidden):
    reason = "SCOPE_NOT_GRANTED"
    message = "Your access to this patient does not include this."


class NotYourSchedule(Forbidden):
    reason = "NOT_YOUR_SCHEDULE"
    message = "Only the provider and administrators decide about a provider's hours."


class NotChatAdmin(Forbidden):
    reason = "NOT_CHAT_ADMIN"
    message = "Only an administrator of this chat may do this."


class PostingNotAllowed(Forbidden):
    reason = "POSTING_NOT_ALLOWED"
    message = "Only its administrators write in a broadcast."


class NotYourMessage(Forbidden):
    reason = "NOT_YOUR_MESSAGE"
    message = "Only who wrote a message may do this."


class NotTheAuthor(Forbidden):
    reason = "NOT_THE_AUTHOR"
    message = "Only the author of this note may do this."


class SignerNotAllowed(Forbidden):
    reason = "SIGNER_NOT_ALLOWED"
    message = "A note is signed by its author or by a doctor, and co-signed by another doctor."


# 404
class NotCallHost(Forbidden):
    reason = "NOT_CALL_HOST"
    message = "Only a clinician who takes part in this call may do this."


class NotFound(ApiError):
    code = reason = "NOT_FOUND"
    status = 404
    message = "There is no such record, or you may not see it."


class RouteNotFound(NotFound):
    reason = "ROUTE_NOT_FOUND"
    message = "There is no such endpoint; /api/docs lists them."


class CallsNotConfigured(NotFound):
    reason = "CALLS_NOT_CONFIGURED"
    message = "This deployment has no service for calls."


class IdentityIsExternal(NotFound):
    reason = "IDENTITY_IS_EXTERNAL"
    message = "Accounts are kept by an external identity provider; sign in there."


class SignInNotConfigured(NotFound):
    reason = "SIGN_IN_NOT_CONFIGURED"
    message = "This way of signing in is not set up here."


class ProviderNotFound(NotFound):
    reason = "PROVIDER_NOT_FOUND"
    number = "DOC_001"
    message = "There is no such provider, or they do not practise here at present."


class SmsNotConfigured(NotFound):
    reason = "SMS_NOT_CONFIGURED"
    message = "Text messages are not set up here."


# 405, 409
class MethodNotAllowed(ApiError):
    code = reason = "METHOD_NOT_ALLOWED"
    status = 405
    message = "This endpoint does not take that method; see the Allow header."


class Conflict(ApiError):
    code = reason = "CONFLICT"
    status = 409
    message = "The record is not in a state that allows this."


class Contention(Conflict):
    reason = "CONTENTION"
    message = "Others are changing the same record. Try again."


class AlreadyDone(Conflict):
    reason = "ALREADY_DONE"
    message = "This has been done already."


class CallOver(Conflict):
    reason = "CALL_OVER"
    message = "This call is over."


class CallByMeet(Conflict):
    reason = "CALL_BY_MEET"
    message = (
        "This visit is by Google Meet, which lets people in, and records, by itself: that cannot be done, and is not"
        " known, here."
    )


class LastAdmin(Conflict):
    reason = "LAST_ADMIN"
    message = "The last active administrator cannot be removed."


class AccountNotConfirmed(Conflict):
    reason = "ACCOUNT_NOT_CONFIRMED"
    message = (
        "An account has this address, but nobody has confirmed it yet. Sign in with its password and confirm the"
        " address, or reset the password; then this way of signing in works too."
    )


class NotAClinician(Conflict):
    reason = "NOT_A_CLINICIAN"
    message = "Only doctors and nurses have credentials to verify."


class MfaNotPending(Conflict):
    reason = "MFA_NOT_PENDING"
    message = "There is no enrolment to confirm. Start one with POST /auth/enable-mfa."


class TimeZoneInUse(Conflict):
    reason = "TIME_ZONE_IN_USE"
    message = "There are appointments ahead in the present time zone. Move or cancel them before changing it."


class StaleRecord(Conflict):
    reason = "STALE_RECORD"
    message = "Somebody has changed this record since you read it. Read it again and repeat your change."

    def __init__(self, *, current: Mapping[str, Any] | None = None, submitted: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        if current is not None:
            # Both sides of the conflict, to somebody who may read and write the record anyway: so that they can merge.
            self.extra = {"current": current, "submitted": submitted}


class PatientHasAccount(Conflict):
    reason = "PATIENT_HAS_ACCOUNT"
    message = "This patient has an account already."


class SlotNotAvailable(Conflict):
    reason = "SLOT_NOT_AVAILABLE"
    number = "APPT_002"
    message = "This time is not free. GET /providers/{providerId}/available-slots lists those that are."


class StatusNotAllowed(Conflict):
    reason = "STATUS_NOT_ALLOWED"
    message = "The appointment cannot go from its status to this one now."


class NotRetryable(Conflict):
    reason = "NOT_RETRYABLE"
    message = "This cannot be sent again: what it said is not valid any more, or it is on its way already."


class FileNotScanned(Conflict):
    reason = "FILE_NOT_SCANNED"
    message = "This file is still being checked for malware. Try again in a moment."


class FileInfected(Conflict):
    reason = "FILE_INFECTED"
    message = "Malware was found in this file. It is not given out."


class ScanFailed(Conflict):
    reason = "SCAN_FAILED"
    message = "This file could not be checked for malware, and is not given out until it is. It is tried again."


class UploadIncomplete(Conflict):
    reason = "UPLOAD_INCOMPLETE"
    message = "The upload is not complete. Send what is missing to its uploadUrl, then complete it."


class ChatClosed(Conflict):
    reason = "CHAT_CLOSED"
    message = "Nobody else is in this chat any more, so there is nobody to write to."


class NoteSigned(Conflict):
    reason = "NOTE_SIGNED"
    message = "This note is signed and never changes. Add an addendum instead."


class NoteNotSigned(Conflict):
    reason = "NOTE_NOT_SIGNED"
    message = "This note is not signed yet."


class DuplicateEntry(ApiError):
    code = reason = "DUPLICATE_ENTRY"
    status = 409
    message = "There is one like this already."


class NpiTaken(DuplicateEntry):
    reason = "NPI_TAKEN"
    message = "Another provider has this National Provider Identifier."


class EmailTaken(DuplicateEntry):
    reason = "EMAIL_TAKEN"
    number = "USER_002"
    message = "User with this email already exists"


class MrnTaken(DuplicateEntry):
    reason = "MRN_TAKEN"
    message = "Another patient has this medical record number."


# 413, 415, 422, 429
class BodyTooLarge(ApiError):
    code = reason = "PAYLOAD_TOO_LARGE"
    status = 413
    message = "The body is larger than this endpoint takes."


class UnsupportedMediaType(ApiError):
    code = reason = "UNSUPPORTED_MEDIA_TYPE"
    status = 415
    message = "Send the body as application/json."


class RangeNotSatisfiable(ApiError):
    code = reason = "RANGE_NOT_SATISFIABLE"
    status = 416
    message = "The file has no such bytes; Content-Range says how many it has."


class Unprocessable(ApiError):
    code = reason = "UNPROCESSABLE_ENTITY"
    status = 422
    message = "The request is well formed, but a rule forbids it."


class IdempotencyKeyReused(Unprocessable):
    reason = "IDEMPOTENCY_KEY_REUSED"
    message = "This Idempotency-Key was used with another request. Use a new key for a new request."


class LinkExpired(Unprocessable):
    reason = "LINK_EXPIRED"
    message = "This link is not valid any more. Ask for a new one."


class InvitationNotUsable(Unprocessable):
    reason = "INVITATION_NOT_USABLE"
    message = "This invitation is not valid any more, or is for another address. Ask the clinic for a new one."


class WeakPassword(Unprocessable):
    reason = "WEAK_PASSWORD"
    message = "This password is too easy to guess; see details."


class PasswordUnchanged(Unprocessable):
    reason = "PASSWORD_UNCHANGED"
    message = "The new password is the one in use. Choose another."


class FileNotAccepted(Unprocessable):
    reason = "FILE_NOT_ACCEPTED"
    message = "This file is not of a kind that is accepted here."


class ProviderNotAccepting(Unprocessable):
    reason = "PROVIDER_NOT_ACCEPTING"
    number = "DOC_002"
    message = "This provider is not accepting new patients."


class AppointmentClosed(Unprocessable):
    reason = "APPOINTMENT_CLOSED"
    number = "APPT_001"
    message = "This appointment is over or cancelled; it cannot be changed any more."


class TooLateToReschedule(Unprocessable):
    reason = "TOO_LATE_TO_RESCHEDULE"
    message = "An appointment can be rescheduled until 2 hours before it begins. Call the practice."


class VisitNotOpen(Unprocessable):
    reason = "VISIT_NOT_OPEN"
    message = "There is no video visit to join now: see the appointment's time, status and kind."


class NotAVoiceMessage(Unprocessable):
    reason = "NOT_A_VOICE_MESSAGE"
    message = "Only voice messages can be transcribed."


class RecordingMissing(Unprocessable):
    reason = "RECORDING_MISSING"
    message = "There is no recording of this call, or it has not arrived yet."


class AudioUnreadable(Unprocessable):
    reason = "AUDIO_UNREADABLE"
    message = "The recording cannot be played."


class NotEnoughContent(Unprocessable):
    reason = "NOT_ENOUGH_CONTENT"
    message = "Too little was said to write anything from. Nothing was generated."


class NoPatient(Unprocessable):
    reason = "NO_PATIENT"
    message = "This conversation belongs to no patient's record."


class TranscriptMissing(Unprocessable):
    reason = "TRANSCRIPT_MISSING"
    message = "This call has not been transcribed."


class ConsentRequired(Unprocessable):
    reason = "CONSENT_REQUIRED"
    message = "Everybody who takes part has to agree to this first."


class SuggestionNotSupported(Unprocessable):
    reason = "SUGGESTION_NOT_SUPPORTED"
    message = "What was said does not bear this suggestion out; see details. Accept it with a text of your own."


class RecipientOptedOut(Unprocessable):
    reason = "RECIPIENT_OPTED_OUT"
    message = "This number has asked for no more text messages. Only a START from it changes that."


class CodeNotValid(Unprocessable):
    reason = "CODE_NOT_VALID"
    message = "This code is not valid, or not any more. Ask for a new one."


class MayNotContact(Unprocessable):
    reason = "MAY_NOT_CONTACT"
    message = (
        "Somebody among these people cannot take part: staff write to each other, clinicians to their patients and to"
        " family these patients let in, and a chat about a patient takes a relationship to that patient."
    )


class ChatIsFixed(Unprocessable):
    reason = "CHAT_IS_FIXED"
    message = "A direct chat always has the same two people and cannot be deleted. Archive it, or start a group."


class ClientMessageIdReused(Unprocessable):
    reason = "CLIENT_MESSAGE_ID_REUSED"
    message = "This clientMessageId was used for another message. Use a new one for a new message."


class SearchNotEnabled(Unprocessable):
    reason = "SEARCH_NOT_ENABLED"
    message = "Messages are not indexed in this deployment, so chats cannot be searched."


class NotEditable(Unprocessable):
    reason = "NOT_EDITABLE"
    message = "Only the text of a message that has some, and is neither deleted nor expired, can be changed."


class NoteIncomplete(Unprocessable):
    reason = "NOTE_INCOMPLETE"
    message = "The note lacks sections that its template requires; see details."


class RateLimited(ApiError):
    code = reason = "RATE_LIMITED"
    status = 429
    message = "Too many requests. Wait as long as Retry-After says."


class TooManyFailures(RateLimited):
    reason = "TOO_MANY_FAILURES"
    message = "Too many failed attempts. Wait as long as Retry-After says."


# 5xx
class InternalError(ApiError):
    code = "INTERNAL_SERVER_ERROR"
    reason = "INTERNAL"
    status = 500


class ExternalServiceError(ApiError):
    code = reason = "EXTERNAL_SERVICE_ERROR"
    status = 502
    message = "A service this depends on did not answer as it should. Try again later."


class DatabaseUnavailable(ExternalServiceError):
    reason = "DATABASE_UNAVAILABLE"
    status = 503
    message = "The database does not answer. Try again later; with the same Idempotency-Key nothing is done twice."


class StorageUnavailable(ExternalServiceError):
    reason = "STORAGE_UNAVAILABLE"
    status = 503
    message = "The file store does not answer. Nothing was changed; try again later."


class QueueUnavailable(ExternalServiceError):
    reason = "QUEUE_UNAVAILABLE"
    status = 503
    message = "The task queue does not answer. Try again later."


class IdentityProviderUnavailable(ExternalServiceError):
    reason = "IDENTITY_PROVIDER_UNAVAILABLE"
    status = 503
    message = "The sign-in provider does not answer. Try again later."


class NotReady(ExternalServiceError):
    reason = "NOT_READY"
    status = 503
    message = "Something this depends on does not answer; see details."


class MailUnavailable(ExternalServiceError):
    reason = "MAIL_UNAVAILABLE"
    status = 503
    message = "No mail server took the message. It stays queued and is tried again."


class CallsUnavailable(ExternalServiceError):
    reason = "CALLS_UNAVAILABLE"
    status = 503
    message = "The service for calls does not answer. Try again later."


class AiUnavailable(ExternalServiceError):
    reason = "AI_UNAVAILABLE"
    status = 503
    message = "The language model does not answer. Nothing was written; try again later."


class AiRefused(ExternalServiceError):
    reason = "AI_REFUSED"
    message = "The language model will not answer this. Nothing was written."


class AiAnswerUnusable(ExternalServiceError):
    reason = "AI_ANSWER_UNUSABLE"
    message = "The language model answered something that cannot be used. Nothing was written; try again."


class ScannerUnavailable(ExternalServiceError):
    reason = "SCANNER_UNAVAILABLE"
    status = 503
    message = "The virus scanner does not answer. The file stays closed and is tried again."


class SmsUnavailable(ExternalServiceError):
    reason = "SMS_UNAVAILABLE"
    status = 503
    message = "The text message is being sent by another worker, or cannot be sent now. It stays queued."


class PushUnavailable(ExternalServiceError):
    reason = "PUSH_UNAVAILABLE"
    status = 503
    message = "The push notification is being sent by another worker. It stays queued."


class WorkInProgress(ExternalServiceError):
    reason = "WORK_IN_PROGRESS"
    status = 503
    message = "Another worker is doing this. It is looked at again, in case that one dies."
