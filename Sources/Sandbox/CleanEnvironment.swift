import Foundation

/// The environment of a confined program: variables for locale and terminal, and merepl's settings.
/// All others, such as LD_*, GIT_*, GNUPLOT_*, PAGER, EDITOR, LESSOPEN, LOCPATH, FONTCONFIG_* and
/// XDG_*, could name foreign programs, libraries or files.
public enum CleanEnvironment {
  private static let kept: Set<String> = [
    "LANG", "LANGUAGE", "TERM", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES",
    "MEREPL_THREADS", "MEREPL_PRECISION", "MEREPL_INSTRUCTIONS",
    "MEREPL_SANDBOX_WITHOUT", "SOURCE_DATE_EPOCH",
  ]

  /// - Parameter home: the home folder, and that of temporary files
  public static func variables(home: String) -> [String: String] {
    var variables = ProcessInfo.processInfo.environment.filter {
      kept.contains($0.key) || $0.key.hasPrefix("LC_")
    }
    variables["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    variables["HOME"] = home
    variables["TMPDIR"] = home
    return variables
  }
}
