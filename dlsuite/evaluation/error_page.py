"""A run's mistakes as a page for a browser, and the ceilings of their tags as another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dlsuite.evaluation.boxed_mistakes import is_of_boxes
from dlsuite.evaluation.error_sheet import Row
from dlsuite.evaluation.error_words import (
    CEILING_COLUMNS,
    STEP_COLUMNS,
    between,
    ceiling_rows,
    extent,
    headline,
    kind_rows,
    percent,
    step_rows,
)
from dlsuite.evaluation.mistakes import SUSPECT, Mistakes
from dlsuite.figures import html_page as html
from dlsuite.figures.workbook import STYLE, Shown, mistake_list
from dlsuite.metrics import Interval
from dlsuite.strategy.error_analysis import ErrorAnalysis
from dlsuite.strategy.weighed_mistakes import error_interval
from dlsuite.tracking import RunRecord

PAIRS = 10  # that the page lists
SLICES = 15
RELABELS = "Where the truth is wrong, write what is right into the column relabel."
NO_RELABELS = "Where the truth is wrong, mend the annotations themselves: boxes have no relabels."
LEGEND = (
    "Told boxes are blue where they are right and orange where they are wrong; true boxes are "
    "dashed, white where they are found and orange where they are missed; ignored ones are dotted."
)
WORSE = {"worse": "bad", "better": "good", "": "soft"}


def workbook_document(seen: Mistakes, rows: Sequence[Row]) -> str:
    """The page of mistakes."""
    title = f"Mistakes of {seen.record.name}"
    return html.page(f"{title} ({seen.record.run_id[:8]})", _workbook(seen, rows), style=STYLE)


def analysis_document(record: RunRecord, split: str, found: ErrorAnalysis) -> str:
    """The page of ceilings."""
    title = f"What to solve first in {record.name}"
    return html.page(f"{title} ({record.run_id[:8]})", _analysis(record, split, found))


def _workbook(seen: Mistakes, rows: Sequence[Row]) -> Iterator[html.Markup]:
    record, wrong, errors = seen.record, seen.wrong, seen.errors_of_all
    yield html.heading(f"Mistakes of {record.name} on {seen.split}", 1)
    error = error_interval(errors)
    count = extent(int(wrong.sum()), len(wrong), in_parts=errors.dtype != bool)
    shown = f"all {len(rows):,}" if len(rows) == wrong.sum() else f"{len(rows):,}, drawn at random,"
    yield html.paragraph(
        f"The {seen.split} error is {percent(error.estimate)} ({between(error)}): "
        f"{count}. Below are {shown} of the mistakes.",
        "lead",
    )
    yield html.paragraph(
        f"Run {record.run_id}, {record.pipeline}, {record.started:%Y-%m-%d %H:%M} UTC.", "soft"
    )
    if seen.notes:
        yield html.bullets(seen.notes)
    command = f"dlsuite errors {record.run_id[:8]} --tags errors.csv"
    yield html.heading("How to use it")
    yield html.bullets(
        [
            "Open errors.csv in a spreadsheet; its numbers are those of the cards below.",
            "Write marks into the columns for tags, as many as fit; rename them, add columns.",
            NO_RELABELS if is_of_boxes(seen.table) else RELABELS,
            html.Markup(
                f"Save it as CSV; {html.code(command)} says how far the error falls if a tag were "
                "solved, and what to do first."
            ),
        ]
    )
    yield html.heading("What they have in common")
    yield from _common(seen)
    yield html.heading("The mistakes")
    if is_of_boxes(seen.table):
        yield html.paragraph(LEGEND, "soft")
    yield mistake_list([_shown(seen, place, row) for place, row in enumerate(rows)])


def _common(seen: Mistakes) -> Iterator[html.Markup]:
    if seen.suspects is not None:
        yield html.paragraph(_suspected(seen))
    if seen.errors:
        yield html.heading("By what the examples are like", 3)
        yield html.paragraph(
            "The error in a slice beside that of all other examples; intervals of the difference "
            "hold for all slices together at 95 %.",
            "soft",
        )
        header = ["slice", "examples", "mistakes", "error", "elsewhere", "difference", " ", ""]
        reach = max(max(abs(e.difference.low), abs(e.difference.high)) for e in seen.errors)
        lines = [
            [
                each.name,
                f"{each.count:,}",
                f"{each.mistakes:,}",
                percent(each.error),
                percent(each.elsewhere),
                between(each.difference),
                html.interval_bar(*_ordered(each.difference), reach),
                html.marked(each.finding or "in the noise", WORSE[each.finding]),
            ]
            for each in seen.errors[:SLICES]
        ]
        yield html.table(header, lines, numbers=header[1:6])
    yield html.heading("By what was said", 3)
    if is_of_boxes(seen.table):
        yield html.paragraph(
            "Boxes of each kind, the pictures that have any, and the error if those boxes, and no "
            "others, were right.",
            "soft",
        )
    header, lines = kind_rows(seen)
    yield html.table(header, lines[:PAIRS], numbers=header[1:])
    if len(lines) > PAIRS:
        yield html.paragraph(f"And {len(lines) - PAIRS:,} more.", "soft")


def _suspected(seen: Mistakes) -> str:
    total = len(seen.table)
    if not seen.suspects:
        return f"No label of the {total:,} is suspected to be wrong (confident learning)."
    plural = "label is" if seen.suspects == 1 else "labels are"
    return (
        f"{seen.suspects:,} of {total:,} {plural} suspected to be wrong (confident learning, "
        f"Northcutt et al. 2021), see {SUSPECT} below. Suspects are to be looked at, not to be "
        "believed: a net that is wrong and sure makes them too."
    )


def _shown(seen: Mistakes, place: int, row: Row) -> Shown:
    example, heat = seen.examples[place], seen.heats[place]
    # The scores of boxes are no probabilities of being right.
    unknown = row.confidence is None or is_of_boxes(seen.table)
    sure = "" if unknown else f"{row.confidence:.0%} sure, "
    return Shown(
        number=place + 1,
        key=row.key,
        truth=row.label,
        told=row.predicted,
        facts=f"{sure}loss {row.loss:.2f}",
        slices=row.slices,
        alarms=(SUSPECT,),
        text=row.example,
        image=None if example is None else example.get("image"),
        seen=None if heat is None else heat.seen,
        heats=() if heat is None else heat.maps,
        boxes=seen.boxes[place],
    )


def _analysis(record: RunRecord, split: str, found: ErrorAnalysis) -> Iterator[html.Markup]:
    yield html.heading(f"What to solve first in {record.name}", 1)
    yield html.paragraph(headline(found, split), "lead")
    yield html.paragraph(f"Run {record.run_id}.", "soft")
    yield html.heading("Ceilings")
    share = "it that is in mistakes with" if found.in_parts else "mistakes that have"
    yield html.paragraph(
        "How far the error would fall if a tag were solved altogether: error times the share of "
        f"{share} it. Work on it can bring less, never more.",
        "soft",
    )
    yield html.table(CEILING_COLUMNS, ceiling_rows(found), numbers=CEILING_COLUMNS[1:])
    yield html.heading("Order of next steps")
    yield html.paragraph("Each step counts the mistakes that those before it leave.", "soft")
    yield html.table(STEP_COLUMNS, step_rows(found), numbers=STEP_COLUMNS[2:5])
    if found.notes:
        yield html.bullets(found.notes)


def _ordered(interval: Interval) -> tuple[float, float, float]:
    return interval.low, interval.estimate, interval.high
