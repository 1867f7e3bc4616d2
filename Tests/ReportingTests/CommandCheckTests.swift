import GnuplotIOStream
import Testing

private func isRefused(_ text: String) -> Bool {
  merepl_gnuplot_check(text) == MEREPL_GNUPLOT_REFUSED
}

/// What may be sent to gnuplot at all, whatever the quoting of labels lets through.
@Suite struct CommandCheckTests {
  @Test(arguments: [
    "set label 'a `ls` \"b\" !c | d < e' at screen 0.5, screen 0.5",
    "set title 'it''s ''quoted'''; unset key",
    "set output '/tmp/figure.svg'", "set output",
    "plot $block1 using 1:($2-$3):(0):(2*$3) with vectors title '< not a file'",
    "set label \"\\047own\\047 \\134n \\042 \\140ls\\140 $x @y !z\" at screen 0.5, 0.5; reset",
    "set title \"x\"", "set xtics (\"\\047a\" 0, 'b' 1)", "plot $a title \"x\", $b title 'y'",
    "set xtics ('<one' 0, '|two' 1)", "set terminal svg font 'DejaVu Sans,10'", "reset",
  ])
  func ordinaryCommandsPass(_ text: String) { #expect(!isRefused(text)) }

  @Test(arguments: [
    "system 'ls'", "!ls", "set title system('ls')", "plot '< ls'", "plot '/etc/passwd'",
    "plot $block1, '< ls'", "set output '|cat'", "set output 'relative'", "set print '|cat'",
    "set table '/tmp/x'", "load '/tmp/x'", "eval 'x'", "set title `ls`",
    "set title \"`ls`\"", "set title \"open", "set title \"a\\", "set title \"a\\047",
    "set title \"\\n\"", "set title \"\\141\"", "set title \"a\u{7}\"", "set title \"a\nb\"",
    "plot \"/etc/passwd\"", "set output \"/tmp/x\"", "plot $a, \"< ls\"", "set title \"x\"; !ls",
    "set title @macro", "set title 'open", "set title 'a\u{7}'", "unset key; shell",
    "unset key\n!ls", "set title 'a' \\\n", "call 'x'", "$data << E", "set title \u{E9}",
  ])
  func everythingElseIsRefused(_ text: String) { #expect(isRefused(text)) }
}
