import Reporting
import Testing

struct TerminalStyleTests {
  @Test(arguments: [
    (["TERM": "xterm-256color"], TerminalStyle.Colors.palette),
    (["TERM": "xterm-256color", "COLORTERM": "truecolor"], .full),
    (["TERM": "xterm-kitty"], .full), (["TERM": "linux"], .basic), (["TERM": "xterm"], .basic),
    (["TERM": "xterm-256color", "NO_COLOR": "1"], .palette),
    (["TERM": "dumb"], .palette), ([:], .palette),
  ])
  func colorsThatAreAskedForSuitTheTerminal(
    environment: [String: String], colors: TerminalStyle.Colors
  ) {
    let style = TerminalStyle.current(for: -1, color: .always, environment: environment)
    #expect(style.colors == colors)
    #expect(style.columns == 80)
  }

  @Test(arguments: [
    ["TERM": "xterm-256color"], ["TERM": "dumb", "COLORTERM": "truecolor"],
    ["NO_COLOR": "1", "FORCE_COLOR": "1"],
  ])
  func filesGetNoColors(environment: [String: String]) {
    #expect(TerminalStyle.current(for: -1, environment: environment).colors == .none)
  }

  @Test(arguments: [
    (["LANG": "C.UTF-8"], true), (["LANG": "de_DE.utf8"], true), (["LANG": "C"], false),
    (["LANG": "C.UTF-8", "LC_ALL": "C"], false), (["LC_CTYPE": "en_GB.UTF-8", "LANG": "C"], true),
    (["LC_ALL": "", "LANG": "C.UTF-8"], true), ([:], false),
  ])
  func theLocaleDecidesOnBlocks(environment: [String: String], isUnicode: Bool) {
    #expect(TerminalStyle.current(for: -1, environment: environment).isUnicode == isUnicode)
  }
}
