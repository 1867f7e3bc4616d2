/// The version of merepl, as `--version`, records of runs, bundles and pages have it.
public enum ToolVersion {
  public static let current = "0.1.0"
}
