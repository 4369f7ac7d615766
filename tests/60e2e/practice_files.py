"""Files as students have them: NBME's question details, UWorld's tables, spreadsheets. Everything in them is made up."""
import csv
import io

TOPICS = {"GenPrin": 28, "Multi": 17, "Cardio": 16, "CNS": 15, "Gastro": 14, "Resp": 12, "Blood": 11, "MSK": 11, "Renal/Urin": 11, "Biostat": 11,
          "Endo": 10, "Immune": 9, "Behavioral": 8, "Skin/Subq": 7, "F Repro": 6, "OB": 5, "SocialSci": 5, "M Repro": 4}
NBME = ["Exam Take", "Seq", "Question Id", "Content Topic", "Content Description", "Answer Selected", "Correct / Incorrect", "Time (sec)", "Timing",
        "Answer Explanation"]


def nbme_form(form, when, correct, pace="Standard-Paced", exam="Comp Basic Sci SELF", omitted=0):
    """200 questions, of which the first `correct` are right and the last `omitted` not answered."""
    topics = [topic for topic, n in TOPICS.items() for _ in range(n)]
    return [{"Exam Take": f"{exam} | Form {form} | {when}", "Seq": i + 1, "Question Id": f"Q{form}X{i:03d}", "Content Topic": "Foundational science",
             "Content Description": f"{topic}: congenital disorders", "Answer Selected": "" if i >= 200 - omitted else "B",
             "Correct / Incorrect": "Correct" if i < correct else "Incorrect", "Time (sec)": "61.466", "Timing": pace, "Answer Explanation": "x"}
            for i, topic in enumerate(topics)]


def text(rows, columns=NBME, separator=",", end="\r\n"):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=separator, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def uworld(rows, cell="\t"):
    """{name: (used, correct, omitted)} as it is pasted."""
    lines = [cell.join(["NAME", "USAGE", "CORRECT Q", "INCORRECT Q", "OMITTED Q", "P-RANK"])]
    for name, (used, correct, omitted) in rows.items():
        wrong = used - correct - omitted
        share = [f"{n} ({100 * n // max(used, 1)}%)" for n in (correct, wrong, omitted)]
        lines.append(cell.join([name, f"{used}/999", *share, "58th"]))
    return "\n".join(lines) + "\n"
