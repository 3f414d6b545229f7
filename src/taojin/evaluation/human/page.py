"""One page to judge pairs on: no network, no account, nothing installed."""

import base64
import html
from string import Template

from taojin.core.errors import DataError
from taojin.evaluation.human.pairs import Content, Media, Pair, Study

_WORDS = {
    "en": {
        "title": "Judge pairs",
        "name": "Your name or code",
        "save": "Save answers",
        "tie": "No difference",
        "left": "pairs left",
        "explain": (
            "Answer every pair, then save. Answers stay on this computer until you "
            "send the saved file back."
        ),
        "unnamed": "Enter a name or code first.",
    },
    "zh": {
        "title": "成对评判",
        "name": "您的姓名或代号",
        "save": "保存答案",
        "tie": "没有差别",
        "left": "对未评",
        "explain": "请逐对作答，然后保存。在您交回所保存的文件之前，答案只留在本机。",
        "unnamed": "请先填写姓名或代号。",
    },
}

_PAGE = Template("""<!DOCTYPE html>
<html lang="$language">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; media-src data:">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 72rem; margin: 0 auto;
  padding: 1rem 1rem 6rem; }
.pair { border-top: 1px solid #8886; padding: 1rem 0; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
.side { border: 1px solid #8886; border-radius: .5rem; padding: .75rem;
  overflow-wrap: anywhere; white-space: pre-wrap; }
.side img { max-width: 100%; }
.prompt { white-space: pre-wrap; opacity: .8; }
fieldset { border: 0; padding: .5rem 0 0; display: flex; gap: 1.5rem; }
footer { position: fixed; inset: auto 0 0; padding: .75rem 1rem; background: Canvas;
  border-top: 1px solid #8886; display: flex; gap: 1rem; align-items: center; }
@media (max-width: 40rem) { .sides { grid-template-columns: 1fr; } }
</style>
</head>
<body>
<h1>$title</h1>
<p>$explain</p>
<p><label>$name <input id="judge" autocomplete="off"></label></p>
$pairs
<footer><button id="save" type="button">$save</button>
<span><span id="left"></span> $left</span><span id="note" role="alert"></span></footer>
<script>
"use strict";
const ids = [...document.querySelectorAll(".pair")].map(pair => pair.dataset.id);
const answer = id => document.querySelector(`input[name="$${id}"]:checked`)?.value;
const count = () => {
  document.getElementById("left").textContent = ids.filter(id => !answer(id)).length;
};
document.addEventListener("change", count);
count();
document.getElementById("save").addEventListener("click", () => {
  const judge = document.getElementById("judge").value.trim();
  const note = document.getElementById("note");
  note.textContent = judge ? "" : "$unnamed";
  if (!judge) return;
  const cell = text => `"$${text.replaceAll('"', '""')}"`;
  const rows = ids.filter(answer).map(id => [cell(judge), id, answer(id)].join(","));
  const text = ["judge,pair_id,answer", ...rows, ""].join("\\r\\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "judgements.csv";
  link.click();
});
</script>
</body>
</html>
""")

_PAIR = Template("""<section class="pair" data-id="$pair_id">
<h2>$number. $question</h2>
$prompt<div class="sides"><div class="side" lang=""><b>A</b>
$a</div><div class="side" lang=""><b>B</b>
$b</div></div>
<fieldset>
<label><input type="radio" name="$pair_id" value="a"> A</label>
<label><input type="radio" name="$pair_id" value="b"> B</label>
<label><input type="radio" name="$pair_id" value="tie"> $tie</label>
</fieldset>
</section>""")


def study_page(study: Study) -> str:
    """Write the page of a study: everything in one HTML text.

    Nothing of an item is read as markup, and the page may load nothing from elsewhere.

    Raises:
        DataError: If an item is neither text, image nor audio.
    """
    words = _WORDS[study.config.language]
    sections = [
        _section(pair, number, study) for number, pair in enumerate(study.pairs, 1)
    ]
    return _PAGE.substitute(
        words, language=study.config.language, pairs="\n".join(sections)
    )


def _section(pair: Pair, number: int, study: Study) -> str:
    prompt = (
        f'<p class="prompt">{html.escape(pair.prompt)}</p>\n' if pair.prompt else ""
    )
    return _PAIR.substitute(
        pair_id=pair.pair_id,
        number=number,
        question=html.escape(study.config.question),
        prompt=prompt,
        a=_shown(pair.a),
        b=_shown(pair.b),
        tie=_WORDS[study.config.language]["tie"],
    )


def _shown(content: Content) -> str:
    if not isinstance(content, Media):
        return html.escape(content)
    kind = content.kind.partition("/")[0]
    encoded = base64.b64encode(content.content).decode("ascii")
    source = f'src="data:{html.escape(content.kind)};base64,{encoded}"'
    if kind == "image":
        return f'<img alt="" {source}>'
    if kind == "audio":
        return f"<audio controls {source}></audio>"
    message = (
        f"human study: an item is {content.kind}; the page shows text, image/... and "
        "audio/..."
    )
    raise DataError(message)
