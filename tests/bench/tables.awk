# Medians of what scripts/bench.sh measured, as Markdown. A ratio is the median of the ratios of each round.
{
  key = $1 SUBSEP $2
  n = ++count[key]
  for (i = 3; i <= 10; i++) value[key, i, n] = $i
  if (!($1 in seen)) { seen[$1]; cells[++last] = $1 }
}

function sorted_middle(list, size,    i, j, x) {
  for (i = 2; i <= size; i++) {
    x = list[i]
    for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
    list[j + 1] = x
  }
  return size % 2 ? list[(size + 1) / 2] : (list[size / 2] + list[size / 2 + 1]) / 2
}

function median(cell, name, field,    i, list, size) {
  size = count[cell, name]
  for (i = 1; i <= size; i++) list[i] = value[cell, name, field, i] + 0
  return size ? sorted_middle(list, size) : 0
}

# "0.83 (0.79–0.91)": field of one subject through that of another, round by round.
function ratio(cell, name, other, field,    i, list, size, below, middle) {
  size = 0
  for (i = 1; i <= count[cell, name] && i <= count[cell, other]; i++) {
    below = value[cell, other, field, i]
    if (below > 0) list[++size] = value[cell, name, field, i] / below
  }
  if (!size) return "–"
  middle = sorted_middle(list, size)
  return size == 1 ? sprintf("%.2f", middle) : sprintf("%.2f (%.2f–%.2f)", middle, list[1], list[size])
}

function rate(cell, name) { return (cell, name) in count ? sprintf("%d", median(cell, name, 3)) : "–" }
function times(cell, name) {
  return (cell, name) in count ? sprintf("%.2f / %.2f", median(cell, name, 4), median(cell, name, 5)) : "–"
}
function refused(cell, name,    n) {
  n = (cell, name) in count ? median(cell, name, 10) : 0
  return n > 0 ? sprintf(" (%d refused)", n) : ""
}

function ingest_row(cell, ours, yard, embedded, label) {
  printf "| %s | %s%s; %s | %s; %s | %s | %s | %s | %s%s; %s | %s |\n", label cell, rate(cell, ours),
    refused(cell, ours), times(cell, ours), rate(cell, yard), times(cell, yard), ratio(cell, ours, yard, 3),
    ratio(cell, ours, yard, 7), ratio(cell, ours, yard, 8), rate(cell, embedded), refused(cell, embedded),
    times(cell, embedded), ratio(cell, embedded, ours, 3)
}

function row(what, ours, yard, through) { printf "| %s | %s | %s | %s |\n", what, ours, yard, through }

function poll_row(cell) {
  row(cell ": polls/s; p50 / p99 ms", rate(cell, "presensid") "; " times(cell, "presensid"),
    rate(cell, "null") "; " times(cell, "null"), ratio(cell, "presensid", "null", 3))
  row(cell ": CPU µs of a poll", sprintf("%.1f", median(cell, "presensid", 7)), sprintf("%.1f", median(cell, "null", 7)),
    ratio(cell, "presensid", "null", 7))
}

function answers_row(cell) {
  row(cell ": status / getrequest of `group+raw`, p50 / p99 (max) ms",
    times(cell, "presensid") sprintf(" (%.2f)", median(cell, "presensid", 6)),
    times(cell, "raw") sprintf(" (%.2f)", median(cell, "raw", 6)), ratio(cell, "presensid", "raw", 5))
}

function again_row(name, label,    new) {
  new = median("catch-up", name, 3)
  if (new > 0) row("catch-up again / catch-up: " label, rate("catch-up again", name), sprintf("%d", new),
    sprintf("%.2f", median("catch-up again", name, 3) / new))
}

function morning_rows() {
  row("morning: p99 ms, `group+raw`", times("morning", "presensid"), times("morning", "raw"),
    ratio("morning", "presensid", "raw", 5))
  row("morning: max ms, `group+raw`", sprintf("%.1f", median("morning", "presensid", 6)),
    sprintf("%.1f", median("morning", "raw", 6)), ratio("morning", "presensid", "raw", 6))
}

function month_rows(cell,    engine, name) {
  for (engine = 1; engine <= 2; engine++) {
    name = "month_" (engine == 1 ? "postgres" : "sqlite")
    if (!((cell, name) in count)) continue
    if (cell ~ /beside 60/) row(cell ", " substr(name, 7) ": p50 / p99 (max) ms",
      times(cell, name) sprintf(" (%.0f)", median(cell, name, 6)), "–", "–")
    else if (cell ~ /beside the board/) row(cell ", " substr(name, 7) ": punches/s, alone", rate(cell, name),
      rate("month: 60 x 10 alone", name), sprintf("%.2f", median(cell, name, 3) / median("month: 60 x 10 alone", name, 3)))
    else if (cell ~ /the board$/) row(cell ", " substr(name, 7) ": ms, the bare counts by PIN", rate(cell, name),
      rate(cell, "bare " substr(name, 7)), ratio(cell, name, "bare " substr(name, 7), 3))
    else if (cell !~ /alone$/) row(cell ", " substr(name, 7) ": ms", rate(cell, name), "–", "–")
  }
}

function size_row(cell, full, small, name) {
  if ((cell, full) in count) row(cell ": " name ", at 10 million rows / at none", rate(cell, full), rate(cell, small),
    ratio(cell, full, small, 3))
}

END {
  print "Stored punches/s; p50 / p99 ms. CPU: of the same punches, ours / `group+raw`.\n"
  print "| terminals × lines | on PostgreSQL | `group+raw` | **ratio** | CPU, server | CPU, PostgreSQL |" \
    " on SQLite | SQLite / PostgreSQL |"
  print "|---|---|---|---|---|---|---|---|"
  for (i = 1; i <= last; i++) {
    cell = cells[i]
    if (cell ~ /^([0-9]+ x|catch-up|morning)/ && (cell, "presensid") in count)
      ingest_row(cell, "presensid", "raw", "sqlite", "")
    if ((cell, "large") in count)
      ingest_row(cell, "large", "large_raw", "large_sqlite", cell ~ /^filling/ ? "" : "at 10 million rows: ")
  }
  print "\n| | presensid | yardstick | ratio |\n|---|---|---|---|"
  for (i = 1; i <= last; i++) {
    cell = cells[i]
    if ((cell, "one") in count) {
      row(cell ": punches/s, `tx+raw`", rate(cell, "presensid"), rate(cell, "one"), ratio(cell, "presensid", "one", 3))
      row(cell ": p50 ms, `tx+raw`", times(cell, "presensid"), times(cell, "one"), ratio(cell, "presensid", "one", 4))
    }
    if (cell == "1 x 1") {
      row(cell ": p50 ms, `group+raw`", times(cell, "presensid"), times(cell, "raw"), ratio(cell, "presensid", "raw", 4))
      row(cell ": p99 ms, `group+raw`", times(cell, "presensid"), times(cell, "raw"), ratio(cell, "presensid", "raw", 5))
    }
    if (cell == "64 x 100" && ("PostgreSQL alone", "limit") in count)
      row("PostgreSQL alone (`pg_limit`), 2 × 1,000 rows per statement", rate(cell, "presensid") " (" cell ")",
        rate("PostgreSQL alone", "limit"), "–")
    if (cell == "256 x 1000")
      row(cell ": RSS, MB", sprintf("%.0f", median(cell, "presensid", 9)), sprintf("%.0f", median(cell, "raw", 9)),
        ratio(cell, "presensid", "raw", 9))
    if (cell ~ /^polls, .*connections/) poll_row(cell)
    if (cell == "catch-up again") {
      again_row("presensid", "PostgreSQL")
      again_row("raw", "`group+raw`")
      again_row("sqlite", "SQLite")
    }
    if (cell == "morning") morning_rows()
    if (cell == "polls, PostgreSQL away")
      row("polls/s while PostgreSQL is away, and while it is there", rate(cell, "presensid"),
        rate("polls, PostgreSQL there", "presensid"),
        sprintf("%.2f", median(cell, "presensid", 3) / median("polls, PostgreSQL there", "presensid", 3)))
    if (cell == "back") row("ms from PostgreSQL's return to the first `OK`", rate(cell, "presensid"), "–", "–")
    if (cell == "certificates")
      row("a month's certificates of 60 terminals with 1 million punches, ms / psql reading the rows",
        sprintf("%d", median(cell, "presensid", 3)), sprintf("%d", median(cell, "psql", 3)),
        ratio(cell, "presensid", "psql", 3))
    if (cell ~ /^people: / || cell ~ /^matching sheet/)
      row(cell ", 4,000 people" (cell ~ /^matching/ ? ", 10,000 users of terminals" : "") ", ms",
        sprintf("%d", median(cell, "presensid", 3)), "–", "–")
    if (cell ~ /^answers/) answers_row(cell)
    if (cell ~ /^month/) month_rows(cell)
    size_row(cell, "large", "presensid", "PostgreSQL")
    size_row(cell, "large_raw", "raw", "`group+raw`")
    size_row(cell, "large_sqlite", "sqlite", "SQLite")
  }
  if (("idle", "null") in count)
    row("idle connection, kB", sprintf("%.1f", median("idle", "presensid", 3)), sprintf("%.1f", median("idle", "null", 3)),
      ratio("idle", "presensid", "null", 3))
  row("one thread decodes ATTLOG, million lines/s", sprintf("%.1f", median("decode", "presensid", 3) / 1e6), "–", "–")
  row("the same, redacted before", sprintf("%.1f", median("redact and decode", "presensid", 3) / 1e6), "–", "–")
  row("one thread decodes pulled records, million/s", sprintf("%.1f", median("decode pulled", "presensid", 3) / 1e6), "–",
    "–")
  row("pull of 100,000 records, ms / the bare read", sprintf("%.1f", median("pull of 100,000", "presensid", 3)),
    sprintf("%.1f", median("pull of 100,000", "bare", 3)), ratio("pull of 100,000", "presensid", "bare", 3))
  row("60 terminals at 200 kB/s pulled at once, ms / one alone",
    sprintf("%.0f", median("slow terminals, 60 at once", "presensid", 3)),
    sprintf("%.0f", median("slow terminals, one alone", "presensid", 3)),
    sprintf("%.2f", median("slow terminals, 60 at once", "presensid", 3) / median("slow terminals, one alone", "presensid", 3)))
  for (i = 1; i <= last; i++)
    if (cells[i] ~ /beside pulls/)
      row(cells[i] ": punches/s / alone; p50 / p99 ms", rate(cells[i], "pulling") "; " times(cells[i], "pulling"),
        rate("64 x 10 alone", "pulling") "; " times("64 x 10 alone", "pulling"),
        sprintf("%.2f", median(cells[i], "pulling", 3) / median("64 x 10 alone", "pulling", 3)))
}
