# What ran, from the reports of the test runs. Sourced by ./test.

report_files() {
  find "$STASIS_HOME" -path '*/target/surefire-reports/TEST-*.xml' -o -path '*/target/failsafe-reports/TEST-*.xml'
}

forget_old_reports() {
  report_files | xargs -r rm -f
}

# Prints a line per test class and a closing line; returns 1 when a test failed or none ran.
summarize_reports() {
  local reports
  mapfile -t reports < <(report_files | sort)
  if [ "${#reports[@]}" -eq 0 ]; then
    warn "no test ran"
    return 1
  fi
  say "what ran"
  awk '
    function attribute(name) {
      return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : 0
    }
    /<testsuite / { suite = 1; header = "" }
    suite { header = header " " $0 }
    suite && />/ {
      line = $0; $0 = header; suite = 0
      tests = attribute("tests"); failed = attribute("failures") + attribute("errors"); skipped = attribute("skipped")
      printf "%4d passed %3d failed %3d skipped %8.1f s  %s\n", tests - failed - skipped, failed, skipped, attribute("time"), attribute("name")
      all += tests; bad += failed; left += skipped
      $0 = line
    }
    /<testcase / { name = attribute("name"); class = attribute("classname") }
    /<skipped/ {
      why = attribute("message")
      if (!why) why = $0
      sub(/.*<skipped[^>]*>(<!\[CDATA\[)?/, "", why)
      sub(/.*Assumption failed: /, "", why)
      reasons = reasons "  skipped: " class "." name ": " why "\n"
    }
    /<(failure|error)[ >]/ { broken = broken "  failed: " class "." name ": " substr(attribute("message"), 1, 300) "\n" }
    END {
      printf "%s%s", reasons, broken
      printf "%d passed, %d failed, %d skipped\n", all - bad - left, bad, left
      exit bad > 0 || all == 0
    }' "${reports[@]}"
}
