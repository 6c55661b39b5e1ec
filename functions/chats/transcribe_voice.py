"""Have a voice message transcribed.

For whoever reads the chat. Answers the text when it is there within 20 seconds, else 202 with the job (`Prefer:
respond-async` does not wait); who asked is notified when it is done. Done before, the same text is answered. Silence is
answered as such (`transcriptState: silent`) and never sent to a model. Source: seed 000 §2.5.
"""

from shared.chats.voice import VoiceTranscript, transcribe
from shared.errors import (
    AiAnswerUnusable,
    AiRefused,
    AiUnavailable,
    AudioUnreadable,
    FileInfected,
    NotAVoiceMessage,
)
from shared.http import Context, endpoint, signed_in


@endpoint(
    "POST /messages/{messageId}/transcribe",
    access=signed_in,
    errors=[AiAnswerUnusable, AiRefused, AiUnavailable, AudioUnreadable, FileInfected, NotAVoiceMessage],
    trips=3,
    awaits_job=True,
)
def transcribe_voice(ctx: Context, messageId: str) -> VoiceTranscript:
    return transcribe(ctx, messageId)
