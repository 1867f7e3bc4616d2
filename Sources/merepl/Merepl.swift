import ArgumentParser
import Reproduction

/// The command line: `merepl`, `merepl run FILE`, `merepl check FILE`, `merepl extract VIDEO`,
/// `merepl forward MODEL_DIR`, `merepl tokenize MODEL_DIR`.
@main
struct Merepl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merepl",
    abstract: "Runs the experiments of MotionEnhancer as scripts that give the same numbers again.",
    discussion: """
      Without a subcommand: the prompt, or the script on standard input where that is no terminal.

      Exit status: 0 ok, 1 error while running, 2 errors found by the check, 3 a claim does not \
      hold (--strict) or a verification fails, 4 a limit was reached, 5 an input is missing or \
      changed, 10 work is pending (plan --exit-code), 64 wrong usage, 130 interrupted, 143 \
      terminated.
      """,
    version: ToolVersion.current,
    subcommands: [
      Run.self, Check.self, Fmt.self, Plan.self, Why.self, Verify.self, Status.self, Runs.self,
      Diff.self, Report.self, BundleCommand.self, UnbundleCommand.self, Extract.self,
      Forward.self, Preprocess.self, Tokenize.self, Explain.self, Gc.self, Doctor.self,
      LanguageServerCommand.self, Prompt.self,
    ],
    defaultSubcommand: Prompt.self)
}
