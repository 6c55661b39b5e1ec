"""Cues by which the stand-in sorts what was said: plain word lists, English and Spanish."""

import re
from typing import Final


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(patterns) + r")(?!\w)", re.IGNORECASE)


#: Sentences that try to command whoever reads them instead of telling something.
COMMANDS: Final = _any(
    r"ignore (?:all |any |the |your )?(?:previous|prior|above|earlier)?\s?(?:instructions?|rules?|prompts?)",
    r"disregard (?:all |any |the |your )?(?:previous|prior|above|earlier)?\s?(?:instructions?|rules?)",
    r"ignora (?:todas )?(?:las |tus )?instrucciones(?: anteriores)?", r"system ?prompt", r"system:", r"assistant:",
    r"as an ai", r"you are now", r"new instructions?", r"override", r"developer mode", r"jailbreak",
    r"(?:note|ai|scribe|assistant|model|bot)[^.]{0,40}(?:must|should|please) (?:write|add|include|output|say|document)",
    r"(?:write|add|include|output|document|put|insert|record)[^.]{0,60} (?:in|into|to) (?:the|your|my|this) (?:\w+ )?note",
    r"instruct(?:s|ed|ion)? (?:the|to the) (?:ai|scribe|model|assistant)", r"end of (?:conversation|transcript)",
)  # fmt: skip

CORRECTIONS: Final = _any(
    r"no,? i meant", r"sorry,? i meant", r"i meant", r"i mis-?spoke", r"correction", r"scratch that", r"my mistake",
    r"let me correct", r"i said (?:that )?wrong", r"no,? wait", r"wait,? no", r"i was wrong", r"not \w+[,;] (?:but )?it'?s",
    r"actually,? (?:it'?s|it is|it was|that'?s|i take|i took|my)", r"quise decir", r"quer[ií]a decir", r"perd[oó]n,? (?:no|es|son|era)",
    r"me equivoqu[eé]", r"corrijo",
)  # fmt: skip

#: Words of courtesy and of the connection: a sentence of nothing else is left out.
COURTESY: Final = _any(
    r"hi|hello|hey|good (?:morning|afternoon|evening)|thanks?(?: you)?(?: so much)?|bye|goodbye|see you|take care|welcome",
    r"can you (?:hear|see) me|i can (?:hear|see) you|are you there|you'?re on mute|how are you|nice to (?:see|meet) you",
    r"have a (?:good|nice|great) (?:day|weekend|one)|sounds good|great|perfect|okay|ok|sure|alright|all right|got it|i see",
    r"hola|buenos d[ií]as|buenas tardes|gracias|adi[oó]s|hasta luego|de nada|de acuerdo|claro|vale|me (?:oye|escucha)",
    r"you too|no problem|my pleasure|dr\.? \w+|doctor|doctora|please|por favor|un momento|one moment|hold on|let me see",
)  # fmt: skip

YES: Final = re.compile(
    r"^\W*(?:yes|yeah|yep|yup|correct|right|exactly|i do|i have|s[ií]|claro|correcto)\b", re.IGNORECASE
)
NO: Final = re.compile(r"^\W*(?:no|nope|none|never|not (?:at all|really|that i know)|nothing|negative|nunca|ninguno|ninguna|nada)\b", re.IGNORECASE)  # fmt: skip

#: Somebody who is neither the patient nor family.
STRANGERS: Final = _any(
    r"(?:neighbou?r|co-?worker|colleague|friend|roommate|boss|teacher|another patient|other patient|last patient|"
    r"vecin[oa]|amig[oa]|compa[nñ]er[oa]|otro paciente)(?:'s)?"
)
FAMILY_HISTORY: Final = _any(
    r"family history|runs in (?:the|my) family|antecedentes familiares",
    r"my (?:mother|mom|mum|father|dad|brother|sister|grand\w+|aunt|uncle|cousin|son|daughter|parents?)\w*(?:'s)?",
    r"mi (?:madre|mam[aá]|padre|pap[aá]|herman[oa]|abuel[oa]|t[ií][oa]|prim[oa]|hij[oa])",
)
TENTATIVE: Final = _any(
    r"maybe (?:we|you)|might|could (?:consider|try|also)|consider|perhaps|if (?:it|that|this|things|symptoms?|they)[^.]{0,40}"
    r"(?:does ?n[o']t|do ?n[o']t|is ?n[o']t|gets? worse|worsens?|persists?|continues?)|an option|down the road|at some point|podr[ií]amos|quiz[aá]s|tal vez",
)
ASKING: Final = _any(
    r"refill|can (?:i|you|we)|could (?:i|you)|should i|is it (?:ok|okay|safe)|do i need|would it|receta|puedo|debo",
)
PLAN: Final = _any(
    r"let'?s|we'?ll|i'?ll|we will|i will|i(?:'d| would) like (?:you )?to|i want you to|i'?m (?:going to|prescribing|ordering|referring|starting|sending|increasing|stopping)",
    r"start\w*|stop\w*|increase\w*|decrease\w*|reduce\w*|prescrib\w+|order\w*|refer\w*|schedul\w+|follow[- ]?up|come back|return|continue\w*|hold|avoid|give|take|use|apply|switch\w*|recommend\w*|advise\w*|call (?:us|911|the office)|go to the (?:er|emergency\w*)|keep|rest|drink|do not|don'?t",
    r"empiece|empezar\w*|tome|suspend\w+|aumentar\w*|reduc\w+|contin[uú]e|evite|vuelva|llame|pedir\w*|recet\w+|haremos|vamos a|deje de",
)
ASSESSMENT: Final = _any(
    r"diagnos\w+|consistent with|likely|looks like|i think (?:it|this|you|that)|suspect\w*|suggests?|due to|impression|seems to be|sounds like|this is|you have|probabl[ye]|parece|diagn[oó]stico|creo que|se trata de|well controlled|not controlled|controlled|improving|worsening|stable",
)
FINDING: Final = _any(
    r"exam\w*|blood pressure|bp|pulse|heart rate|temperature|temp|weight|height|oxygen|saturation|spo2|lungs?|heart sounds|abdomen|murmur|swelling|tender\w*|rash|x-?ray|ct|mri|ekg|ecg|lab\w*|a1c|results?|shows?|showed|reveals?|culture|biopsy|score|phq-?9|gad-?7|speech|affect|mood|oriented|presi[oó]n|temperatura|peso|resultados?|muestra|examen",
)
ALLERGY: Final = _any(r"allerg\w+|anaphyla\w+|al[eé]rgic[oa]s?|alergias?")
PAST: Final = _any(
    r"history of|diagnosed|surgery|surgeries|hospitali[sz]ed|years? ago|had (?:my|a|an)|removed|antecedentes|hace \w+ a[nñ]os|cirug[ií]a|since childhood|as a (?:child|kid|teen)"
)
MEDICINE: Final = _any(
    r"\d+(?:[.,]\d+)?\s?(?:mg|mcg|µg|g|ml|units?|iu|puffs?|tablets?|pills?)|takes?|taking|took|on (?:my|a) \w+|pills?|tablets?|medic\w+|inhaler|insulin|dose\w*|prescri\w+|refill\w*|tomo|tomando|pastillas?|medicamento|dosis"
)
MENTAL: Final = _any(r"mood|affect|anxi\w+|depress\w+|sleep\w*|suicid\w+|voices|thoughts|panic|oriented|speech")
