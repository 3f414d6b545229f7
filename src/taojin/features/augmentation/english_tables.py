"""Words of the English rules."""

CONTRACTED_NEGATIONS = {
    "don't": "do not",
    "doesn't": "does not",
    "didn't": "did not",
    "isn't": "is not",
    "aren't": "are not",
    "wasn't": "was not",
    "weren't": "were not",
    "can't": "cannot",
    "couldn't": "could not",
    "won't": "will not",
    "wouldn't": "would not",
    "shouldn't": "should not",
    "hasn't": "has not",
    "haven't": "have not",
    "hadn't": "had not",
}

CONTRACTED_VERBS = {
    "I'm": "I am",
    "I've": "I have",
    "I'll": "I will",
    "you're": "you are",
    "you've": "you have",
    "you'll": "you will",
    "we're": "we are",
    "we've": "we have",
    "we'll": "we will",
    "they're": "they are",
    "they've": "they have",
    "they'll": "they will",
}
"""Not *'d* and *'s*, which stand for two words each."""

NUMBER_WORDS = {
    2: "two",
    3: "three",
    4: "four",
    5: "five",
    6: "six",
    7: "seven",
    8: "eight",
    9: "nine",
    10: "ten",
    11: "eleven",
    12: "twelve",
}

UNITS = (
    *("seconds", "minutes", "hours", "days", "weeks", "months", "years"),
    *("working days", "business days", "times", "people", "pages", "items"),
    *("cards", "transactions", "payments", "transfers", "metres", "meters", "miles"),
)
"""Plurals before which a small number is a count and no name."""

PHRASES = {
    "for example": "e.g.",
    "that is to say": "in other words",
    "in spite of": "despite",
    "perhaps": "maybe",
    "among": "amongst",
    "okay": "ok",
    "as soon as possible": "asap",
    "versus": "vs.",
    "at the moment": "right now",
}

PHRASES_ONE_WAY = {
    "for instance": "for example",
    "in order to": "to",
    "so as to": "to",
    "due to the fact that": "because",
    "owing to the fact that": "because",
    "in the event that": "if",
    "at this point in time": "now",
    "at the present time": "at present",
    "prior to": "before",
    "until": "till",
    "subsequent to": "after",
    "in the near future": "soon",
    "a large number of": "many",
    "in close proximity to": "near",
    "with the exception of": "except for",
    "with regard to": "about",
    "with respect to": "about",
    "on a daily basis": "daily",
    "is able to": "can",
    "are able to": "can",
    "etcetera": "etc.",
    "each and every": "every",
    "first of all": "first",
    "by means of": "by",
}

_OUR = (
    *("behaviour", "colour", "colours", "coloured", "favour", "favours", "favourite"),
    *("favourites", "flavour", "flavours", "harbour", "honour", "humour", "labour"),
    *("neighbour", "neighbours", "neighbourhood", "odour", "rumour", "rumours"),
    *("vapour", "vigour", "endeavour", "parlour", "savour"),
)
_ISE = (
    *("apologise", "authorise", "authorised", "authorisation", "categorise"),
    *("criticise", "customise", "customised", "emphasise", "finalise", "finalised"),
    *("generalise", "initialise", "localise", "maximise", "memorise", "minimise"),
    *("normalise", "normalised", "optimise", "optimised", "organise", "organised"),
    *("organisation", "organisations", "prioritise", "realise", "realised"),
    *("recognise", "recognised", "specialise", "standardise", "summarise"),
    *("summarised", "unauthorised", "utilise", "visualise"),
)

SPELLINGS = {
    **{word: word.replace("our", "or", 1) for word in _OUR},
    **{word: "iz".join(word.rsplit("is", 1)) for word in _ISE},
    "analyse": "analyze",
    "analysed": "analyzed",
    "cancelled": "canceled",
    "cancelling": "canceling",
    "catalogue": "catalog",
    "centre": "center",
    "centres": "centers",
    "defence": "defense",
    "fulfil": "fulfill",
    "grey": "gray",
    "jewellery": "jewelry",
    "labelled": "labeled",
    "litre": "liter",
    "litres": "liters",
    "modelling": "modeling",
    "offence": "offense",
    "pyjamas": "pajamas",
    "sceptical": "skeptical",
    "theatre": "theater",
    "theatres": "theaters",
    "travelled": "traveled",
    "traveller": "traveler",
    "travelling": "traveling",
}
"""British to American; without words that one of the two writes both ways, such as
*cheque*, *metre* or *practice*, which have a second meaning in one spelling."""
